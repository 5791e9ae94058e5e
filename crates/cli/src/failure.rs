//! How a command ends: its exit code, and what it says when it could not do what was asked.

use std::process::ExitCode;

use domain::{Problem, Problems};
use engine::{ExpandError, JobError, PlanError, SealedError};
use gitlab_client::{GitlabError, HostRefused};
use storage::StorageError;

/// The exit codes of the program; a script can rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything was done.
    Done = 0,
    /// Some items failed or are unconfirmed, or something of ours broke.
    SomeFailed = 1,
    /// Wrong usage or invalid input; nothing was done.
    Wrong = 2,
    /// GitLab could not be reached.
    Unreachable = 3,
    /// GitLab does not permit it: the token or its owner's rights.
    NotPermitted = 4,
    /// `plan --detailed-exitcode`: there is something to change.
    Changes = 10,
    /// A person stopped it.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// What was given is wrong: every problem.
    #[error("{what}")]
    Invalid {
        /// One sentence, without the problems.
        what: String,
        /// All of them.
        problems: Vec<Problem>,
    },
    /// Anything else, in words for a person.
    #[error("{message}")]
    Other {
        /// How the program ends.
        exit: Exit,
        /// The API's word for it.
        code: &'static str,
        /// What happened.
        message: String,
        /// What to do about it.
        advice: Option<String>,
    },
    /// Nobody reads our output any more (`| head`); not worth a word.
    #[error("the output was closed")]
    OutputClosed,
}

impl Failure {
    /// Wrong usage that is no single value's fault.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Other {
            exit: Exit::Wrong,
            code: "VALIDATION_ERROR",
            message: message.into(),
            advice: None,
        }
    }

    /// Something that the present state does not allow.
    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::Other {
            exit: Exit::Wrong,
            code: "CONFLICT",
            message: message.into(),
            advice: None,
        }
    }

    /// Something of ours or of this machine is broken.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::Other {
            exit: Exit::SomeFailed,
            code: "INTERNAL_ERROR",
            message: message.into(),
            advice: None,
        }
    }

    /// A person stopped it before it began.
    pub(crate) fn interrupted(message: impl Into<String>) -> Self {
        Self::Other {
            exit: Exit::Interrupted,
            code: "INTERRUPTED",
            message: message.into(),
            advice: None,
        }
    }

    /// All problems of an input.
    pub(crate) fn invalid(what: impl Into<String>, Problems(problems): Problems) -> Self {
        Self::Invalid {
            what: what.into(),
            problems,
        }
    }

    /// The same failure, saying what to do.
    pub(crate) fn advise(self, text: impl Into<String>) -> Self {
        match self {
            Self::Other {
                exit, code, message, ..
            } => Self::Other {
                exit,
                code,
                message,
                advice: Some(text.into()),
            },
            other => other,
        }
    }

    /// How the program ends.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Invalid { .. } => Exit::Wrong,
            Self::Other { exit, .. } => *exit,
            Self::OutputClosed => Exit::Done,
        }
    }

    /// The API's word for it.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "VALIDATION_ERROR",
            Self::Other { code, .. } => code,
            Self::OutputClosed => "INTERNAL_ERROR",
        }
    }
}

/// A message with its causes: `the ledger could not be written: disk full`.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = error.source();
    }
    text
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self::OutputClosed;
        }
        Self::internal(error.to_string())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        match error.io_error_kind() {
            Some(kind) => std::io::Error::from(kind).into(),
            None => Self::internal(error.to_string()),
        }
    }
}

impl From<csv::Error> for Failure {
    fn from(error: csv::Error) -> Self {
        match error.into_kind() {
            csv::ErrorKind::Io(error) => error.into(),
            kind => Self::internal(format!("the table cannot be written: {kind:?}")),
        }
    }
}

impl From<GitlabError> for Failure {
    fn from(error: GitlabError) -> Self {
        let (exit, code) = match &error {
            GitlabError::Unauthorized(_) => (Exit::NotPermitted, "UNAUTHORIZED"),
            GitlabError::Forbidden(_) | GitlabError::HostRefused(_) => (Exit::NotPermitted, "FORBIDDEN"),
            GitlabError::Timeout(_) => (Exit::Unreachable, "GITLAB_TIMEOUT"),
            GitlabError::RateLimited(_) => (Exit::Unreachable, "RATE_LIMIT_EXCEEDED"),
            GitlabError::Gitlab(_) if !error.is_outage() => (Exit::SomeFailed, "GITLAB_API_ERROR"),
            _ => (Exit::Unreachable, "GITLAB_UNREACHABLE"),
        };
        let advice = match &error {
            GitlabError::Unauthorized(_) => Some(
                "GITLAB_TOKEN is unknown to GitLab, expired or revoked; make a new one with scope `api` \
                 under Preferences, Access tokens",
            ),
            GitlabError::Forbidden(_) => {
                Some("the token needs the scope `api`, and its owner the right to do this in GitLab")
            }
            GitlabError::HostRefused(_) => None,
            GitlabError::RateLimited(_) => Some("try again later, or lower GITLAB_API_RATE_LIMIT"),
            _ if exit == Exit::Unreachable => Some("check GITLAB_URL and the network"),
            _ => None,
        };
        Self::Other {
            exit,
            code,
            message: chain(&error),
            advice: advice.map(str::to_owned),
        }
    }
}

impl From<HostRefused> for Failure {
    fn from(error: HostRefused) -> Self {
        GitlabError::from(error).into()
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::JobNotFound(id) => JobError::NotFound(id).into(),
            StorageError::IllegalTransition(error) => JobError::NotPossible(error).into(),
            error => Self::internal(format!("the database failed: {}", chain(&error))),
        }
    }
}

impl From<JobError> for Failure {
    fn from(error: JobError) -> Self {
        match error {
            JobError::NotFound(_) | JobError::ItemNotFound(..) => Self::Other {
                exit: Exit::Wrong,
                code: "NOT_FOUND",
                message: error.to_string(),
                advice: Some("`gitlab-bulk jobs list` shows your jobs on GITLAB_URL".to_owned()),
            },
            JobError::Invalid(problems) => Self::invalid("the job cannot be made", problems),
            JobError::Plan(PlanError::Gitlab(error))
            | JobError::Expand(ExpandError::Gitlab(error))
            | JobError::Gitlab(error) => error.into(),
            JobError::Expand(ExpandError::Refused(why)) => Self::usage(why.message),
            JobError::Unconfirmed { expected } => {
                Self::usage("this plan cannot be taken back and wants to be confirmed")
                    .advise(format!("give --confirm '{expected}'"))
            }
            JobError::NotPossible(_)
            | JobError::DryRun(_)
            | JobError::NothingToRetry(_)
            | JobError::StillRunning(..)
            | JobError::NothingToUndo(_)
            | JobError::NotUnconfirmed(..)
            | JobError::IdempotencyConflict
            | JobError::Sealed(SealedError::CannotOpen(_)) => Self::conflict(error.to_string()),
            JobError::Storage(error) => error.into(),
            JobError::Plan(_) | JobError::Run(_) | JobError::Sealed(_) => Self::internal(chain(&error)),
        }
    }
}

use domain::{Job, JobId, Timestamp};
use serde::Serialize;

pub(super) const EVENT: &str = "system:alert";

/// `system:alert`: what somebody should know who looks at the console, whatever they look at.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Alert {
    severity: Severity,
    /// A fixed word for programs.
    code: &'static str,
    /// For a person: what is, and what to do.
    message: String,
    /// Whether it stays true until somebody does something.
    persistent: bool,
    /// The job that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    job_id: Option<JobId>,
    /// When it comes to pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Severity {
    Info,
    Warning,
}

impl Alert {
    /// This node closes its connections.
    pub(super) fn stopping() -> Self {
        Self {
            severity: Severity::Info,
            code: "SERVER_STOPPING",
            message: "the server is stopping; jobs go on when it is back, or on another node".to_owned(),
            persistent: false,
            job_id: None,
            at: None,
        }
    }

    /// A job has stopped because its token is good no more.
    pub(super) fn waits_for_login(job: &Job) -> Self {
        Self {
            severity: Severity::Warning,
            code: "LOGIN_NEEDED",
            message: format!(
                "GitLab no longer takes the token of a job ({}); sign in again, and it goes on by itself",
                job.kind
            ),
            persistent: true,
            job_id: Some(job.id),
            at: None,
        }
    }

    /// A limit of GitLab's holds a job back for minutes.
    pub(super) fn limit_reached(job: &Job, until: Timestamp, reason: &str) -> Self {
        Self {
            severity: Severity::Warning,
            code: "LIMIT_REACHED",
            message: format!(
                "a job ({}) waits: {reason}; it goes on by itself, and others of yours may wait as well",
                job.kind
            ),
            persistent: false,
            job_id: Some(job.id),
            at: Some(until),
        }
    }

    /// The token ends soon; what was made with it stops then.
    pub(super) fn token_ends(at: Timestamp) -> Self {
        Self {
            severity: Severity::Warning,
            code: "TOKEN_ENDS",
            message: "your GitLab token ends soon; make a new one in GitLab and sign in with it, or jobs will wait \
                      for you"
                .to_owned(),
            persistent: true,
            job_id: None,
            at: Some(at),
        }
    }

    /// The session ends soon, whatever its use.
    pub(super) fn session_ends(at: Timestamp) -> Self {
        Self {
            severity: Severity::Warning,
            code: "SESSION_ENDS",
            message: "this session ends soon; sign in again before".to_owned(),
            persistent: true,
            job_id: None,
            at: Some(at),
        }
    }
}

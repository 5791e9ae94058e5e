use serde::{Deserialize, Serialize};

use crate::ids::ProjectId;

/// Where the contents of a project come from, and how far they have come (GitLab API facts §7.2.5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Import {
    pub(crate) kind: ImportKind,
    pub(crate) status: ImportStatus,
    /// The address of a git repository, without what would sign in there.
    pub(crate) url: Option<String>,
    /// The project of this instance whose contents are taken.
    pub(crate) source: Option<ProjectId>,
    pub(crate) error: Option<String>,
    /// Names one attempt in GitLab's logs.
    pub(crate) correlation_id: String,
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ImportStatus {
    /// Nothing is imported here.
    None,
    Scheduled,
    Started,
    Finished,
    Failed,
}

/// What is imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ImportKind {
    /// A repository from an address.
    Git,
    /// A template that comes with GitLab.
    GitlabProject,
    /// A project used as a template.
    GitlabCustomProjectTemplate,
    /// A fork, which shows no type of import.
    Fork,
}

impl ImportKind {
    /// As bodies call it; none for a fork.
    pub(crate) fn as_str(self) -> Option<&'static str> {
        match self {
            Self::Git => Some("git"),
            Self::GitlabProject => Some("gitlab_project"),
            Self::GitlabCustomProjectTemplate => Some("gitlab_custom_project_template"),
            Self::Fork => None,
        }
    }
}

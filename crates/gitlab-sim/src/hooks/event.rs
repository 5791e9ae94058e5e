use crate::access::AccessLevel;
use crate::ids::{NamespaceId, UserId};
use crate::state::{Group, Project, Source, User};
use crate::time_text::{Day, Moment};

/// Something that hooks are told of (GitLab API facts §9.2, §9.3).
#[derive(Debug, Clone, Copy)]
pub(crate) enum Event<'a> {
    /// What became of a project; a group's transfer and what is renamed above it are not told of.
    Project(&'a Project, ProjectChange<'a>),
    GroupCreated(&'a Group),
    GroupDestroyed(&'a Group),
    /// The path changed, and with it the full paths of everything below, of which nothing is told.
    GroupRenamed {
        group: &'a Group,
        old_path: &'a str,
        old_full_path: &'a str,
    },
    Member {
        source: Source,
        user: UserId,
        level: AccessLevel,
        expires_on: Option<Day>,
        created_at: Moment,
        change: MemberChange,
    },
    Access {
        source: Source,
        user: UserId,
        created_at: Moment,
        request: AccessRequest,
    },
    User(&'a User, UserChange<'a>),
    Key {
        user: &'a User,
        id: u64,
        key: &'a str,
        created_at: Moment,
        change: KeyChange,
    },
    Pushed(&'a Project, &'a Push),
    /// The same, as system hooks hear of it that only want to know that something changed.
    RepositoryUpdated(&'a Project, &'a Push),
    /// A token of a group or project expires in 60, 30 or 7 days.
    TokenExpires {
        source: Source,
        bot: UserId,
        id: u64,
        name: &'a str,
        created_at: Moment,
        expires_on: Day,
    },
}

/// What became of a project.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ProjectChange<'a> {
    Created,
    Destroyed,
    /// Anything but the path.
    Updated,
    /// The path, with or without anything else.
    Renamed {
        old_full_path: &'a str,
    },
    Transferred {
        old_full_path: &'a str,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MemberChange {
    Added,
    Updated,
    Removed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AccessRequest {
    Made,
    /// Taken back by the one who asked.
    Revoked,
    Denied,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum UserChange<'a> {
    Created,
    Destroyed,
    Renamed { old_username: &'a str },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyChange {
    Created,
    Destroyed,
}

/// Commits that came to a branch, or a tag that came or went.
#[derive(Debug, Clone)]
pub(crate) struct Push {
    pub(crate) user: UserId,
    /// `refs/heads/main`, `refs/tags/v1`
    pub(crate) reference: String,
    /// Hexadecimal; zeros when there was none.
    pub(crate) before: String,
    /// Hexadecimal; zeros when there is none.
    pub(crate) after: String,
    /// Oldest first, at most 20.
    pub(crate) commits: Vec<PushedCommit>,
    pub(crate) total_commits: usize,
}

#[derive(Debug, Clone)]
pub(crate) struct PushedCommit {
    pub(crate) id: String,
    pub(crate) message: String,
    pub(crate) at: Moment,
    pub(crate) author_name: String,
    pub(crate) added: Vec<String>,
    pub(crate) modified: Vec<String>,
    pub(crate) removed: Vec<String>,
}

impl Push {
    /// The branch, or none for a tag.
    pub(crate) fn branch(&self) -> Option<&str> {
        self.reference.strip_prefix("refs/heads/")
    }
}

impl Event<'_> {
    /// The groups and projects whose hooks hear of it: the nearest one, from which the way goes up.
    pub(super) fn place(&self) -> Option<Place> {
        Some(match self {
            Self::Project(project, _) => Place::Above(project.namespace),
            Self::GroupCreated(group) | Self::GroupDestroyed(group) | Self::GroupRenamed { group, .. } => {
                Place::Above(group.parent?)
            }
            Self::Member { source, .. } | Self::Access { source, .. } | Self::TokenExpires { source, .. } => {
                Place::At(*source)
            }
            Self::Pushed(project, _) | Self::RepositoryUpdated(project, _) => {
                Place::At(Source::Project(project.id))
            }
            Self::User(..) | Self::Key { .. } => return None,
        })
    }
}

/// Where hooks hear of an event.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// There and above.
    At(Source),
    /// This group and those above it.
    Above(NamespaceId),
}

//! What items are about, in a person's words.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A group or project, as a person names it: GitLab's number or a full path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ObjectRef {
    /// GitLab's number.
    Id(u64),
    /// Full path: `acme/platform`.
    Path(String),
}

impl std::fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => write!(f, "{id}"),
            Self::Path(path) => f.write_str(path),
        }
    }
}

/// Groups and projects have separate numbers but share one space of paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ObjectKind {
    /// A group or subgroup.
    Group,
    /// A project.
    Project,
}

impl ObjectKind {
    /// GitLab's word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Project => "project",
        }
    }
}

/// An object that has to exist before an item can run.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Need {
    /// What it has to be.
    pub kind: ObjectKind,
    /// Which one.
    pub object: ObjectRef,
    /// The field that names it, for messages.
    pub field: &'static str,
}

/// What an item is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// A group or project that is to be made below `parent` (`None`: at the top).
    New {
        /// What it will be.
        kind: ObjectKind,
        /// Below what.
        parent: Option<ObjectRef>,
        /// Its own path segment.
        path: String,
    },
    /// A membership of `who` in a group or project.
    Member {
        /// What the membership is of.
        kind: ObjectKind,
        /// Which one.
        of: ObjectRef,
        /// Whose.
        who: Who,
    },
}

/// A person, as named in a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// By user name.
    Username(String),
    /// By GitLab's number.
    Id(u64),
}

impl std::fmt::Display for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Username(name) => f.write_str(name),
            Self::Id(id) => write!(f, "{id}"),
        }
    }
}

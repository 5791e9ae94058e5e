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
    /// A group or project that exists, as a whole.
    Object {
        /// Which of the two.
        kind: ObjectKind,
        /// Which one.
        object: ObjectRef,
    },
    /// Something that belongs to a group or project and has a name of its own there: a member, a
    /// variable, a label, a protected branch.
    Part {
        /// What it belongs to.
        kind: ObjectKind,
        /// Which one.
        of: ObjectRef,
        /// GitLab's word for it: `member`, `variable`.
        what: &'static str,
        /// What tells it apart from others of the same kind there: a user name, `KEY@scope`.
        name: String,
        /// The field that says the name, for messages.
        field: &'static str,
    },
}

/// As people read it: a full path, for parts `path#name`.
impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::New {
                parent: None, path, ..
            } => f.write_str(path),
            Self::New {
                parent: Some(parent),
                path,
                ..
            } => write!(f, "{parent}/{path}"),
            Self::Object { object, .. } => object.fmt(f),
            Self::Part { of, name, .. } => write!(f, "{of}#{name}"),
        }
    }
}

/// A person, as named in a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Who {
    /// By user name.
    Username(String),
    /// By GitLab's number.
    Id(u64),
    /// By e-mail address; GitLab may or may not know whose it is.
    Email(String),
}

impl std::fmt::Display for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Username(name) | Self::Email(name) => f.write_str(name),
            Self::Id(id) => write!(f, "{id}"),
        }
    }
}

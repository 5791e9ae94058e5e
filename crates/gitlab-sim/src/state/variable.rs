use serde::{Deserialize, Serialize};

use super::{Gone, Secret, Shelf, Source, shelf::Forget};

/// What a CI/CD variable is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum VariableOwner {
    Instance,
    Of(Source),
}

/// A CI/CD variable. Its value is never shown by `Debug`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Variable {
    pub(crate) id: u64,
    pub(crate) key: String,
    pub(crate) value: Secret,
    pub(crate) kind: VariableKind,
    pub(crate) protected: bool,
    pub(crate) masked: bool,
    /// Masked for good: no answer holds the value any more.
    pub(crate) hidden: bool,
    /// Taken as it is, without expanding `$NAMES` in it.
    pub(crate) raw: bool,
    /// The environments that get it; `*` is all.
    pub(crate) scope: String,
    pub(crate) description: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VariableKind {
    EnvVar,
    File,
}

pub(crate) type Variables = Shelf<VariableOwner, Variable>;

impl Forget for Variables {
    fn forget(&mut self, gone: Gone) {
        match gone {
            Gone::Group(id) => self.clear(VariableOwner::Of(Source::Group(id))),
            Gone::Project(id) => self.clear(VariableOwner::Of(Source::Project(id))),
            Gone::User(_) => {}
        }
    }
}

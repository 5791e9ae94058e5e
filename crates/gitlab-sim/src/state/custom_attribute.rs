use serde::{Deserialize, Serialize};

use super::Shelf;
use super::shelf::{Forget, Gone};
use crate::ids::{NamespaceId, ProjectId, UserId};

/// What administrators note on things.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CustomAttribute {
    pub(crate) id: u64,
    pub(crate) key: String,
    pub(crate) value: String,
}

/// What a custom attribute is noted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Holder {
    Group(NamespaceId),
    Project(ProjectId),
    User(UserId),
}

impl Shelf<Holder, CustomAttribute> {
    /// The attribute of that key.
    pub(crate) fn named(&self, holder: Holder, key: &str) -> Option<&CustomAttribute> {
        self.of(holder)
            .find(|attribute| attribute.key == key)
            .map(AsRef::as_ref)
    }
}

impl Forget for Shelf<Holder, CustomAttribute> {
    fn forget(&mut self, gone: Gone) {
        self.clear(match gone {
            Gone::Group(id) => Holder::Group(id),
            Gone::Project(id) => Holder::Project(id),
            Gone::User(id) => Holder::User(id),
        });
    }
}

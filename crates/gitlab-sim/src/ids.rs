//! One type per kind of id, so that a user's cannot be taken for a group's.

use std::fmt::{self, Display};

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids! {
    /// A user.
    UserId
    /// A group, a user's own namespace, or the namespace a project has behind the scenes: one sequence.
    NamespaceId
    /// A project.
    ProjectId
    /// A membership. The API never shows it: member bodies carry the user's id.
    MemberId
    /// A personal access token.
    TokenId
}

use async_graphql::{Enum, Object};

use crate::access;

/// GitLab's words for levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "AccessLevelEnum")]
pub(super) enum LevelWord {
    NoAccess,
    MinimalAccess,
    Guest,
    Planner,
    Reporter,
    SecurityManager,
    Developer,
    Maintainer,
    Owner,
}

/// A level, as number and as word; none is 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct AccessLevel(pub(super) Option<access::AccessLevel>);

#[Object]
impl AccessLevel {
    async fn integer_value(&self) -> u8 {
        self.0.map_or(0, access::AccessLevel::number)
    }

    async fn string_value(&self) -> LevelWord {
        use access::AccessLevel as Level;
        match self.0 {
            None => LevelWord::NoAccess,
            Some(Level::MinimalAccess) => LevelWord::MinimalAccess,
            Some(Level::Guest) => LevelWord::Guest,
            Some(Level::Planner) => LevelWord::Planner,
            Some(Level::Reporter) => LevelWord::Reporter,
            Some(Level::SecurityManager) => LevelWord::SecurityManager,
            Some(Level::Developer) => LevelWord::Developer,
            Some(Level::Maintainer) => LevelWord::Maintainer,
            Some(Level::Owner) => LevelWord::Owner,
        }
    }

    async fn human_access(&self) -> Option<String> {
        self.0.map(|level| level.to_string())
    }
}

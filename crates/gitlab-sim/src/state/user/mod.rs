mod all;
mod profile;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub(crate) use all::{UserOrder, Users};
pub(crate) use profile::{Identity, Profile, UserStatus};

use super::{Secret, Source};
use crate::ids::{NamespaceId, UserId};
use crate::time_text::Moment;

/// A person or bot with an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) id: UserId,
    pub(crate) username: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) admin: bool,
    pub(crate) state: UserState,
    #[serde(default)]
    pub(crate) kind: UserKind,
    pub(crate) external: bool,
    pub(crate) can_create_group: bool,
    pub(crate) projects_limit: u64,
    pub(crate) note: Option<String>,
    pub(crate) bio: String,
    pub(crate) private_profile: bool,
    /// What people say of themselves. None until they do: most never do.
    #[serde(default)]
    pub(crate) profile: Option<Arc<Profile>>,
    /// What opens the sign-in page. Without one nobody signs in there.
    #[serde(default)]
    pub(crate) password: Option<Secret>,
    /// The namespace for the user's own projects.
    pub(crate) namespace: NamespaceId,
    pub(crate) created_at: Moment,
    pub(crate) created_by: Option<UserId>,
}

impl User {
    /// The profile, to look at.
    pub(crate) fn profile(&self) -> &Profile {
        static EMPTY: std::sync::LazyLock<Profile> = std::sync::LazyLock::new(Profile::default);
        self.profile.as_deref().unwrap_or(&EMPTY)
    }

    /// The profile, to change.
    pub(crate) fn profile_mut(&mut self) -> &mut Profile {
        Arc::make_mut(self.profile.get_or_insert_default())
    }

    /// A bot that belongs to a token of that group or project.
    pub(crate) fn is_bot_of(&self, source: Source) -> bool {
        self.kind == UserKind::TokenBot(source)
    }

    /// Nobody real behind it.
    pub(crate) fn is_bot(&self) -> bool {
        self.kind != UserKind::Human
    }
}

/// Who uses an account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UserKind {
    #[default]
    Human,
    /// The user behind access tokens of a group or project.
    TokenBot(Source),
    /// Made for machines: of a top-level group, or of the instance.
    ServiceAccount(Option<NamespaceId>),
}

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UserState {
    Active,
    Blocked,
    Deactivated,
    Banned,
}

impl UserState {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Blocked => "blocked",
            Self::Deactivated => "deactivated",
            Self::Banned => "banned",
        }
    }
}

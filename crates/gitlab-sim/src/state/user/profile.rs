use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::state::Avatar;
use crate::time_text::Moment;

/// What a user's page shows, and what the user chose.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Profile {
    pub(crate) public_email: String,
    pub(crate) commit_email: Option<String>,
    pub(crate) location: String,
    pub(crate) linkedin: String,
    pub(crate) twitter: String,
    pub(crate) discord: String,
    pub(crate) website_url: String,
    pub(crate) github: String,
    pub(crate) job_title: String,
    pub(crate) pronouns: String,
    pub(crate) organization: String,
    pub(crate) theme_id: Option<i64>,
    pub(crate) color_scheme_id: Option<i64>,
    /// Accounts elsewhere that sign in as this user.
    pub(crate) identities: Vec<Identity>,
    pub(crate) status: Option<UserStatus>,
    pub(crate) preferences: Preferences,
    pub(crate) avatar: Option<Arc<Avatar>>,
}

/// An account with a sign-in provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) provider: String,
    pub(crate) extern_uid: String,
    pub(crate) saml_provider_id: Option<u64>,
}

/// What a user is up to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct UserStatus {
    pub(crate) emoji: String,
    pub(crate) message: Option<String>,
    pub(crate) availability: Option<String>,
    pub(crate) clear_at: Option<Moment>,
}

/// How a user wants to see things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Preferences {
    pub(crate) view_diffs_file_by_file: bool,
    pub(crate) show_whitespace_in_diffs: bool,
    pub(crate) pass_user_identities_to_ci_jwt: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            view_diffs_file_by_file: false,
            show_whitespace_in_diffs: true,
            pass_user_identities_to_ci_jwt: false,
        }
    }
}

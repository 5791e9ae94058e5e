use serde::Deserialize;

use super::lenient::null_as_default;

/// Answer of `GET /personal_access_tokens/self`; also for project and group tokens (GitLab API facts §1.3).
/// Never holds the token itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct PersonalAccessToken {
    pub id: u64,
    #[serde(default)]
    pub name: String,
    /// `["granular"]` on a fine-grained token: its scopes then say nothing.
    #[serde(default, deserialize_with = "null_as_default")]
    pub scopes: Vec<String>,
    #[serde(default)]
    pub user_id: u64,
    #[serde(default, deserialize_with = "null_as_default")]
    pub active: bool,
    #[serde(default, deserialize_with = "null_as_default")]
    pub revoked: bool,
    #[serde(default)]
    pub created_at: Option<String>,
    /// The day (a date) at whose start, UTC, the token stops working.
    #[serde(default)]
    pub expires_at: Option<String>,
}

use serde::Deserialize;

use super::User;

/// A membership as the member lists show it. `id` is the *user's* id (GitLab API facts §7.3).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Member {
    pub id: u64,
    pub username: String,
    #[serde(default)]
    pub name: String,
    /// `active`, `blocked`, …
    #[serde(default)]
    pub state: String,
    pub access_level: u32,
    /// The last day, as a date.
    #[serde(default)]
    pub expires_at: Option<String>,
    #[serde(default)]
    pub created_at: Option<String>,
    #[serde(default)]
    pub created_by: Option<User>,
    #[serde(default)]
    pub web_url: Option<String>,
    #[serde(default)]
    pub avatar_url: Option<String>,
}

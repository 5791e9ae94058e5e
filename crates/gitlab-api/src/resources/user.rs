use serde::Deserialize;

use super::lenient::null_as_default;

/// A user as anyone may see one (GitLab API facts §7.6).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct User {
    pub id: u64,
    pub username: String,
    #[serde(default)]
    pub name: String,
    /// `active`, `blocked`, `deactivated`, `banned`, `blocked_pending_approval` or `ldap_blocked`.
    #[serde(default)]
    pub state: String,
    /// Administrators only.
    #[serde(default)]
    pub email: Option<String>,
    #[serde(default)]
    pub avatar_url: Option<String>,
    #[serde(default)]
    pub web_url: Option<String>,
    #[serde(default, deserialize_with = "null_as_default")]
    pub bot: bool,
}

/// Answer of `GET /user`: the owner of the token.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct CurrentUser {
    pub id: u64,
    pub username: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub email: Option<String>,
    #[serde(default)]
    pub state: String,
    #[serde(default)]
    pub avatar_url: Option<String>,
    #[serde(default)]
    pub web_url: Option<String>,
    /// GitLab leaves the key out for anyone who is no administrator.
    #[serde(default, deserialize_with = "null_as_default")]
    pub is_admin: bool,
    /// Whether top-level groups may be created; on GitLab.com the API refuses all the same.
    #[serde(default, deserialize_with = "null_as_default")]
    pub can_create_group: bool,
    #[serde(default, deserialize_with = "null_as_default")]
    pub can_create_project: bool,
    #[serde(default)]
    pub projects_limit: Option<u64>,
    #[serde(default, deserialize_with = "null_as_default")]
    pub external: bool,
    #[serde(default, deserialize_with = "null_as_default")]
    pub bot: bool,
    /// The language GitLab writes its error texts in, for this user.
    #[serde(default)]
    pub preferred_language: Option<String>,
}

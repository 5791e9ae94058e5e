//! What planning knows of the one whose token is used.

use gitlab_api::Tier;

/// The token's user, the token and the instance, as far as GitLab has told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Me {
    /// GitLab's number of the user.
    pub user_id: Option<u64>,
    /// The user's name.
    pub username: Option<String>,
    /// Whether the user administers the instance.
    pub administrator: bool,
    /// Whether the user may make top-level groups.
    pub can_create_group: Option<bool>,
    /// The token's scopes; `None` when GitLab did not tell (OAuth, old versions).
    pub scopes: Option<Vec<String>>,
    /// The instance's tier; `None` when it cannot be told.
    pub tier: Option<Tier>,
}

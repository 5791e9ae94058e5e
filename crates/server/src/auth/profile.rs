use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A signed-in user.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Profile {
    /// GitLab's number.
    pub(crate) id: u64,
    pub(crate) username: String,
    pub(crate) email: Option<String>,
    pub(crate) name: String,
    pub(crate) avatar_url: Option<String>,
    pub(crate) web_url: Option<String>,
    pub(crate) is_admin: bool,
    /// `admin`, else the highest access level known (`owner` …), `none` without any.
    pub(crate) role: String,
    /// Operations that the token's scopes and `can_create_*` allow.
    pub(crate) permissions: Vec<String>,
}

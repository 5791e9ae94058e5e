use serde::Deserialize;

use super::Visibility;
use super::lenient::null_as_default;

/// A group, from a list or by itself (GitLab API facts §7.1.1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Group {
    pub id: u64,
    pub name: String,
    /// The last segment of `full_path`.
    pub path: String,
    pub full_path: String,
    #[serde(default)]
    pub full_name: Option<String>,
    /// None at top level.
    #[serde(default)]
    pub parent_id: Option<u64>,
    #[serde(default)]
    pub visibility: Visibility,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub web_url: Option<String>,
    #[serde(default)]
    pub avatar_url: Option<String>,
    #[serde(default)]
    pub created_at: Option<String>,
    /// The group's own mark only: a child of a marked group shows none.
    #[serde(default)]
    pub marked_for_deletion_on: Option<String>,
    /// True when the group or an ancestor is archived. Older instances leave the key out.
    #[serde(default, deserialize_with = "null_as_default")]
    pub archived: bool,
    #[serde(default)]
    pub project_creation_level: Option<String>,
    #[serde(default)]
    pub subgroup_creation_level: Option<String>,
    #[serde(default)]
    pub default_branch: Option<String>,
    #[serde(default)]
    pub lfs_enabled: Option<bool>,
    #[serde(default)]
    pub request_access_enabled: Option<bool>,
    /// Only in the body of one group.
    #[serde(default, deserialize_with = "null_as_default")]
    pub shared_with_groups: Vec<SharedGroup>,
}

/// A group that was invited to another group or to a project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct SharedGroup {
    pub group_id: u64,
    #[serde(default)]
    pub group_full_path: String,
    pub group_access_level: u32,
    /// A date.
    #[serde(default)]
    pub expires_at: Option<String>,
}

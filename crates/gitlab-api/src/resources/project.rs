use serde::Deserialize;

use super::lenient::null_as_default;
use super::{Namespace, SharedGroup, Visibility};

/// A project, from a list (also with `simple`) or by itself (GitLab API facts §7.2.1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Project {
    pub id: u64,
    pub name: String,
    /// The last segment of `path_with_namespace`.
    pub path: String,
    pub path_with_namespace: String,
    #[serde(default)]
    pub name_with_namespace: Option<String>,
    pub namespace: Namespace,
    /// Absent from simple bodies before GitLab 18.
    #[serde(default)]
    pub visibility: Option<Visibility>,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default, deserialize_with = "null_as_default")]
    pub topics: Vec<String>,
    #[serde(default)]
    pub default_branch: Option<String>,
    #[serde(default)]
    pub web_url: Option<String>,
    #[serde(default)]
    pub avatar_url: Option<String>,
    #[serde(default)]
    pub created_at: Option<String>,
    #[serde(default)]
    pub last_activity_at: Option<String>,
    #[serde(default)]
    pub creator_id: Option<u64>,
    /// `none`, `scheduled`, `started`, `finished`, `failed` or `canceled`.
    #[serde(default)]
    pub import_status: Option<String>,
    #[serde(default)]
    pub empty_repo: Option<bool>,
    /// Absent from simple bodies.
    #[serde(default, deserialize_with = "null_as_default")]
    pub archived: bool,
    #[serde(default)]
    pub marked_for_deletion_on: Option<String>,
    #[serde(default)]
    pub forked_from_project: Option<ForkedFrom>,
    #[serde(default, deserialize_with = "null_as_default")]
    pub shared_with_groups: Vec<SharedGroup>,
    /// What the caller may do; absent from answers to writes.
    #[serde(default)]
    pub permissions: Option<Permissions>,
}

/// The origin of a fork.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct ForkedFrom {
    pub id: u64,
    #[serde(default)]
    pub path_with_namespace: String,
}

/// The caller's levels on a project. Both are none for an administrator who is no member.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Permissions {
    #[serde(default)]
    pub project_access: Option<Access>,
    #[serde(default)]
    pub group_access: Option<Access>,
}

/// A level, from 5 to 50.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Access {
    pub access_level: u32,
}

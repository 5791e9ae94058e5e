use serde::Deserialize;

use super::lenient::null_as_default;

/// What holds projects: a group, or a user's own namespace (GitLab API facts §7.7). A group's namespace has the
/// group's id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Namespace {
    pub id: u64,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub path: String,
    #[serde(default)]
    pub kind: NamespaceKind,
    #[serde(default)]
    pub full_path: String,
    #[serde(default)]
    pub parent_id: Option<u64>,
    #[serde(default)]
    pub web_url: Option<String>,
    /// Owners only.
    #[serde(default)]
    pub plan: Option<String>,
}

/// Whose namespace it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NamespaceKind {
    #[default]
    Group,
    User,
}

/// Answer of `GET /namespaces/:path/exists`; projects are not looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct NamespaceExists {
    pub exists: bool,
    #[serde(default, deserialize_with = "null_as_default")]
    pub suggests: Vec<String>,
}

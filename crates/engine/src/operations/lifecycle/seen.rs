//! A group or project as GitLab shows it at this moment: what settling and following look at.

use domain::ItemResult;
use gitlab_api::ApiPath;
use gitlab_client::{Gitlab, GitlabError, Lane};
use serde::Deserialize;

use crate::operation::ObjectKind;

#[derive(Debug, Deserialize)]
pub(super) struct Seen {
    pub(super) id: u64,
    #[serde(alias = "path_with_namespace")]
    pub(super) full_path: String,
    pub(super) web_url: Option<String>,
    #[serde(default)]
    pub(super) archived: bool,
    pub(super) marked_for_deletion_on: Option<String>,
    parent_id: Option<u64>,
    namespace: Option<Numbered>,
    pub(super) forked_from_project: Option<Numbered>,
    pub(super) import_status: Option<String>,
    pub(super) import_error: Option<String>,
    pub(super) created_at: Option<String>,
    pub(super) creator_id: Option<u64>,
    #[serde(default)]
    pub(super) shared_with_groups: Vec<Link>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Numbered {
    pub(super) id: u64,
}

/// A group that is invited.
#[derive(Debug, Deserialize)]
pub(super) struct Link {
    pub(super) group_id: u64,
    pub(super) group_access_level: u64,
    pub(super) expires_at: Option<String>,
}

impl Seen {
    /// GitLab's number of the group or namespace it is in.
    pub(super) fn parent(&self) -> Option<u64> {
        self.namespace
            .as_ref()
            .map(|namespace| namespace.id)
            .or(self.parent_id)
    }

    pub(super) fn result(self) -> ItemResult {
        ItemResult {
            id: Some(self.id),
            full_path: Some(self.full_path),
            web_url: self.web_url,
        }
    }
}

/// Looks at it; `None` when it is gone, or cannot be seen any more.
pub(super) async fn look<'a>(
    gitlab: &Gitlab,
    kind: ObjectKind,
    object: impl Into<gitlab_api::ObjectRef<'a>>,
) -> Result<Option<Seen>, GitlabError> {
    let (path, query): (_, &[(&str, &str)]) = match kind {
        ObjectKind::Group => (ApiPath::group(object), &[("with_projects", "false")]),
        ObjectKind::Project => (ApiPath::project(object), &[]),
    };
    gitlab.find(&path, query, Lane::Jobs).await
}

/// Its address.
pub(super) fn path(kind: ObjectKind, id: u64) -> ApiPath {
    match kind {
        ObjectKind::Group => ApiPath::group(id),
        ObjectKind::Project => ApiPath::project(id),
    }
}

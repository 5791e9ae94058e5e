use gitlab_api::resources::{Group, NamespaceKind, Project};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A group or project.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EstateRow {
    kind: Kind,
    id: u64,
    name: String,
    path: String,
    full_path: String,
    /// The group it is in; null at the top and for what people have in their own name space.
    parent_id: Option<u64>,
    visibility: Option<String>,
    description: Option<String>,
    web_url: Option<String>,
    archived: bool,
    /// The day on which it was marked for deletion.
    marked_for_deletion_on: Option<String>,
    /// One's own membership in it, as far as GitLab's list tells: of projects.
    access_level: Option<u32>,
    last_activity_at: Option<String>,
}

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = EstateKind)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Group,
    Project,
}

/// A group or project that was found.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Found {
    pub(super) kind: Kind,
    pub(super) id: u64,
    pub(super) full_path: String,
}

impl EstateRow {
    pub(super) fn is_archived(&self) -> bool {
        self.archived
    }

    pub(super) fn is_marked(&self) -> bool {
        self.marked_for_deletion_on.is_some()
    }
}

impl From<Group> for EstateRow {
    fn from(group: Group) -> Self {
        Self {
            kind: Kind::Group,
            id: group.id,
            name: group.name,
            path: group.path,
            full_path: group.full_path,
            parent_id: group.parent_id,
            visibility: Some(group.visibility.to_string()),
            description: group.description,
            web_url: group.web_url,
            archived: group.archived,
            marked_for_deletion_on: group.marked_for_deletion_on,
            access_level: None,
            last_activity_at: None,
        }
    }
}

impl From<Project> for EstateRow {
    fn from(project: Project) -> Self {
        let in_a_group = project.namespace.kind == NamespaceKind::Group;
        let own = project.permissions.as_ref();
        let levels = own.map(|own| [&own.project_access, &own.group_access]);
        let access_level = levels
            .into_iter()
            .flatten()
            .flatten()
            .map(|access| access.access_level)
            .max();
        Self {
            kind: Kind::Project,
            id: project.id,
            name: project.name,
            path: project.path,
            full_path: project.path_with_namespace,
            parent_id: in_a_group.then_some(project.namespace.id),
            visibility: project.visibility.map(|visibility| visibility.to_string()),
            description: project.description,
            web_url: project.web_url,
            archived: project.archived,
            marked_for_deletion_on: project.marked_for_deletion_on,
            access_level,
            last_activity_at: project.last_activity_at,
        }
    }
}

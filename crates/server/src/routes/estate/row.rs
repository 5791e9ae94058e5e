use domain::AccessLevel;
use gitlab_api::resources::{Group, NamespaceKind, Project};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::overviews::Facts;

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
    /// One's own level in it, inherited or not; null without any.
    access_level: Option<u8>,
    /// Projects directly in a group.
    project_count: Option<u64>,
    /// Groups directly in a group.
    subgroup_count: Option<u64>,
    /// Direct members of a group.
    member_count: Option<u64>,
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
    #[serde(flatten)]
    pub(super) facts: FoundFacts,
}

/// What is told of it besides.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FoundFacts {
    pub(super) visibility: Option<String>,
    /// One's own level in it, inherited or not; null without any.
    pub(super) access_level: Option<u8>,
    /// Projects directly in a group.
    pub(super) project_count: Option<u64>,
    /// Groups directly in a group.
    pub(super) subgroup_count: Option<u64>,
    /// Direct members of a group.
    pub(super) member_count: Option<u64>,
    /// It, or a group that it lies in; null where GitLab does not tell.
    pub(super) archived: Option<bool>,
    /// The day on which it was marked for deletion.
    pub(super) marked_for_deletion_on: Option<String>,
}

impl Found {
    pub(super) fn is_archived(&self) -> bool {
        self.facts.archived.unwrap_or(false)
    }

    pub(super) fn is_marked(&self) -> bool {
        self.facts.marked_for_deletion_on.is_some()
    }

    /// Adds what is known of it.
    pub(super) fn complete(&mut self, facts: Facts) {
        let known = &mut self.facts;
        known.visibility = facts.visibility.or(known.visibility.take());
        known.access_level = facts.access_level.map(AccessLevel::number);
        known.project_count = facts.project_count;
        known.subgroup_count = facts.subgroup_count;
        known.member_count = facts.member_count;
    }
}

/// The highest level that a list of projects tells.
pub(in crate::routes) fn own_level(project: &Project) -> Option<u8> {
    let own = project.permissions.as_ref()?;
    [&own.project_access, &own.group_access]
        .into_iter()
        .flatten()
        .filter_map(|access| u8::try_from(access.access_level).ok())
        .max()
}

impl EstateRow {
    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// Adds what GitLab's list left out.
    pub(super) fn complete(&mut self, facts: Facts) {
        self.access_level = facts.access_level.map(AccessLevel::number).or(self.access_level);
        self.project_count = facts.project_count;
        self.subgroup_count = facts.subgroup_count;
        self.member_count = facts.member_count;
    }

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
            project_count: None,
            subgroup_count: None,
            member_count: None,
            last_activity_at: None,
        }
    }
}

impl From<Project> for EstateRow {
    fn from(project: Project) -> Self {
        let in_a_group = project.namespace.kind == NamespaceKind::Group;
        let access_level = own_level(&project);
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
            project_count: None,
            subgroup_count: None,
            member_count: None,
            last_activity_at: project.last_activity_at,
        }
    }
}

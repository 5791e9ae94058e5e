use gitlab_api::resources::{Group, Member, NamespaceKind, Project};
use serde::Serialize;

use crate::proxy::{Reference, Stale};

/// One change to one object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change {
    pub(crate) how: How,
    pub(crate) object: Object,
    /// Set where it is the membership of somebody in the object that changed.
    pub(crate) member: Option<Membership>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    Created,
    Updated,
    Deleted,
}

/// Which kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Of {
    Group,
    Project,
}

/// A group or project, as those who may see it may know it: nothing of what GitLab shows to few.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Object {
    #[serde(skip)]
    pub(crate) of: Of,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) full_path: Option<String>,
    /// The group it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parent_id: Option<u64>,
    /// The full path of that group, where its number is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parent_path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) visibility: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) archived: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) web_url: Option<String>,
}

/// Somebody's place in a group or project.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Membership {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) access_level: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<String>,
}

impl Object {
    /// One of which nothing is known yet.
    pub(crate) fn unknown(of: Of) -> Self {
        Self {
            of,
            id: None,
            name: None,
            full_path: None,
            parent_id: None,
            parent_path: None,
            visibility: None,
            archived: None,
            web_url: None,
        }
    }

    /// What a change to it, or below it, makes untrue.
    pub(crate) fn stale(&self) -> Stale {
        match (self.of, self.id) {
            (Of::Project, Some(id)) => match &self.full_path {
                Some(path) => Stale::named(id, path),
                None => Stale::Project(Reference::of_id(id)),
            },
            _ => Stale::Everything,
        }
    }

    /// The full path of what it is in, as far as its own is known.
    pub(crate) fn path_above(&self) -> Option<&str> {
        self.full_path
            .as_deref()?
            .rsplit_once('/')
            .map(|(above, _)| above)
    }
}

impl Change {
    /// `group:updated`, `member:added` …
    pub(crate) fn event(&self) -> &'static str {
        match (&self.member, self.object.of, self.how) {
            (None, Of::Group, How::Created) => "group:created",
            (None, Of::Group, How::Updated) => "group:updated",
            (None, Of::Group, How::Deleted) => "group:deleted",
            (None, Of::Project, How::Created) => "project:created",
            (None, Of::Project, How::Updated) => "project:updated",
            (None, Of::Project, How::Deleted) => "project:deleted",
            (Some(_), _, How::Created) => "member:added",
            (Some(_), _, How::Updated) => "member:updated",
            (Some(_), _, How::Deleted) => "member:removed",
        }
    }
}

impl From<Group> for Object {
    fn from(group: Group) -> Self {
        Self {
            of: Of::Group,
            id: Some(group.id),
            name: Some(group.name),
            full_path: Some(group.full_path),
            parent_id: group.parent_id,
            parent_path: None,
            visibility: Some(group.visibility.to_string()),
            archived: Some(group.archived),
            web_url: group.web_url,
        }
    }
}

impl From<Project> for Object {
    fn from(project: Project) -> Self {
        let in_a_group = project.namespace.kind == NamespaceKind::Group;
        Self {
            of: Of::Project,
            id: Some(project.id),
            name: Some(project.name),
            full_path: Some(project.path_with_namespace),
            parent_id: in_a_group.then_some(project.namespace.id),
            parent_path: None,
            visibility: project.visibility.map(|visibility| visibility.to_string()),
            archived: Some(project.archived),
            web_url: project.web_url,
        }
    }
}

impl From<Member> for Membership {
    fn from(member: Member) -> Self {
        Self {
            user_id: Some(member.id),
            username: Some(member.username),
            access_level: Some(member.access_level),
            expires_at: member.expires_at,
        }
    }
}

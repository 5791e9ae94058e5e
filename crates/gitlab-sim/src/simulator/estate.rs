//! Looking into a simulator from a test, without HTTP.

use gitlab_api::resources::Visibility;
use serde::Serialize;

use super::Simulator;
use crate::access::AccessLevel;
use crate::ids::{NamespaceId, ProjectId};
use crate::state::{Group, Member, Project, ProjectAt, Source, State};

/// Everything there is, in an order that does not depend on when it was made: for comparing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct EstateSnapshot {
    /// By full path.
    pub groups: Vec<EstateGroup>,
    /// By full path.
    pub projects: Vec<EstateProject>,
    /// Direct memberships, by source and user name.
    pub members: Vec<EstateMember>,
}

/// A group, without what differs between two runs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct EstateGroup {
    pub full_path: String,
    pub name: String,
    pub description: String,
    pub visibility: Visibility,
    pub archived: bool,
    pub marked_for_deletion: bool,
}

/// A project, without what differs between two runs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct EstateProject {
    pub full_path: String,
    pub name: String,
    pub description: String,
    pub visibility: Visibility,
    pub topics: Vec<String>,
    pub archived: bool,
    pub marked_for_deletion: bool,
}

/// A direct membership.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct EstateMember {
    /// Full path of the group or project.
    pub source: String,
    pub username: String,
    pub access_level: AccessLevel,
    /// A date.
    pub expires_at: Option<String>,
}

impl Simulator {
    /// Everything there is.
    pub fn estate(&self) -> EstateSnapshot {
        let state = self.instance.state();
        let mut groups: Vec<EstateGroup> = state
            .tree
            .groups()
            .map(|group| shown_group(&state, group))
            .collect();
        let mut projects: Vec<EstateProject> = state
            .tree
            .projects(..)
            .map(|project| shown_project(&state, project))
            .collect();
        let mut members: Vec<EstateMember> = state
            .members
            .iter()
            .filter_map(|member| shown_member(&state, member))
            .collect();
        groups.sort_unstable();
        projects.sort_unstable();
        members.sort_unstable();
        EstateSnapshot {
            groups,
            projects,
            members,
        }
    }

    /// The group of that full path.
    pub fn group(&self, full_path: &str) -> Option<EstateGroup> {
        let state = self.instance.state();
        state
            .tree
            .group_at(full_path)
            .map(|group| shown_group(&state, group))
    }

    /// The id of the group of that full path.
    pub fn group_id(&self, full_path: &str) -> Option<NamespaceId> {
        self.instance
            .state()
            .tree
            .group_at(full_path)
            .map(|group| group.id)
    }

    /// The project of that full path; one it had before does not count.
    pub fn project(&self, full_path: &str) -> Option<EstateProject> {
        let state = self.instance.state();
        let id = project_at(&state, full_path)?;
        state
            .tree
            .project(id)
            .map(|project| shown_project(&state, project))
    }

    /// The id of the project of that full path.
    pub fn project_id(&self, full_path: &str) -> Option<ProjectId> {
        project_at(&self.instance.state(), full_path)
    }

    /// The direct members of the group or project of that full path, by user name; none when there is no such.
    pub fn members(&self, full_path: &str) -> Vec<EstateMember> {
        let state = self.instance.state();
        let source = match state.tree.group_at(full_path) {
            Some(group) => Some(Source::Group(group.id)),
            None => project_at(&state, full_path).map(Source::Project),
        };
        let members = source
            .into_iter()
            .flat_map(|source| state.members.of_source(source));
        let mut members: Vec<EstateMember> = members
            .filter_map(|member| shown_member(&state, member))
            .collect();
        members.sort_unstable();
        members
    }
}

fn project_at(state: &State, full_path: &str) -> Option<ProjectId> {
    match state.tree.project_at(full_path)? {
        ProjectAt::Here(id) => Some(id),
        ProjectAt::Moved(_) => None,
    }
}

fn shown_group(state: &State, group: &Group) -> EstateGroup {
    EstateGroup {
        full_path: state.full_path(group.id),
        name: group.name.clone(),
        description: group.description.clone(),
        visibility: group.visibility,
        archived: group.archived,
        marked_for_deletion: group.marked_on.is_some(),
    }
}

fn shown_project(state: &State, project: &Project) -> EstateProject {
    EstateProject {
        full_path: state.project_full_path(project),
        name: project.name.clone(),
        description: project.description.clone().unwrap_or_default(),
        visibility: project.visibility,
        topics: project.topics.clone(),
        archived: project.archived,
        marked_for_deletion: project.marked_on.is_some(),
    }
}

fn shown_member(state: &State, member: &Member) -> Option<EstateMember> {
    let source = match member.source {
        Source::Group(id) => state.full_path(id),
        Source::Project(id) => state.project_full_path(state.tree.project(id)?),
    };
    Some(EstateMember {
        source,
        username: state.users.get(member.user)?.username.clone(),
        access_level: member.level,
        expires_at: member.expires_on.map(|day| day.to_string()),
    })
}

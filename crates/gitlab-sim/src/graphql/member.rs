use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};

use super::asker::Asker;
use super::group::Group;
use super::level::AccessLevel;
use super::project::Project;
use super::scalar::{Time, global_id};
use super::user::User;
use crate::state::{self, Source};

/// Where memberships of a list come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "GroupMemberRelation")]
pub(super) enum Relation {
    Direct,
    Inherited,
    Descendants,
    SharedFromGroups,
}

/// A membership in a group or project.
#[derive(Debug, Clone)]
pub(super) struct Member(pub(super) Arc<state::Member>);

#[Object(name = "MemberInterface")]
impl Member {
    async fn id(&self) -> ID {
        match self.0.source {
            Source::Group(_) => global_id("GroupMember", self.0.id.0),
            Source::Project(_) => global_id("ProjectMember", self.0.id.0),
        }
    }

    async fn user(&self, ctx: &Context<'_>) -> Option<User> {
        Asker::of(ctx).state().users.get(self.0.user).cloned().map(User)
    }

    async fn access_level(&self) -> AccessLevel {
        AccessLevel(Some(self.0.level))
    }

    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    async fn expires_at(&self) -> Option<Time> {
        self.0.expires_on.and_then(Time::of_day)
    }

    async fn created_by(&self, ctx: &Context<'_>) -> Option<User> {
        let by = self.0.created_by?;
        Asker::of(ctx).state().users.get(by).cloned().map(User)
    }

    async fn group(&self, ctx: &Context<'_>) -> Option<Group> {
        match self.0.source {
            Source::Group(id) => Asker::of(ctx).state().tree.group(id).cloned().map(Group),
            Source::Project(_) => None,
        }
    }

    async fn project(&self, ctx: &Context<'_>) -> Option<Project> {
        match self.0.source {
            Source::Project(id) => Asker::of(ctx).state().tree.project(id).cloned().map(Project),
            Source::Group(_) => None,
        }
    }
}

/// The memberships of those relations, one row for each, by ascending id.
pub(super) fn of_source(asker: &Asker, source: Source, relations: &[Relation]) -> Vec<Arc<state::Member>> {
    let state = asker.state();
    let tree = &state.tree;
    let (group, above) = match source {
        Source::Group(id) => (Some(id), tree.group(id).and_then(|group| group.parent)),
        Source::Project(id) => (None, tree.project(id).map(|project| project.namespace)),
    };
    let mut sources = Vec::new();
    if relations.contains(&Relation::Direct) {
        sources.push(source);
    }
    if relations.contains(&Relation::Inherited) {
        let lineage = above.into_iter().flat_map(|id| tree.lineage(id));
        sources.extend(lineage.map(|group| Source::Group(group.id)));
    }
    if let Some(group) = group.filter(|_| relations.contains(&Relation::Descendants)) {
        sources.extend(
            tree.descendants(group)
                .iter()
                .map(|group| Source::Group(group.id)),
        );
    }
    let today = asker.now.day();
    let mut members: Vec<Arc<state::Member>> = sources
        .into_iter()
        .flat_map(|source| state.members.of_source(source))
        .filter(|member| member.is_active(today))
        .cloned()
        .collect();
    members.sort_unstable_by_key(|member| member.id);
    members
}

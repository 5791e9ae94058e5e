use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use super::asker::Asker;
use super::complexity::of_list;
use super::level::AccessLevel;
use super::member::{self, Member, Relation};
use super::page::{Connection, Wanted};
use super::project::{self, Project};
use super::scalar::{Time, global_id};
use super::storage;
use super::variable::{self, Variable};
use crate::ids::{NamespaceId, ProjectId};
use crate::state::{self, Search, Source};

/// A group that the asker may read.
#[derive(Debug, Clone)]
pub(super) struct Group(pub(super) Arc<state::Group>);

/// The group, if the asker may read it.
pub(super) fn readable(asker: &Asker, id: NamespaceId) -> Option<Group> {
    let state = asker.state();
    let group = state.tree.group(id)?;
    asker
        .viewer
        .can_read_group(&state, group)
        .then(|| Group(Arc::clone(group)))
}

#[Object]
impl Group {
    async fn id(&self) -> ID {
        global_id("Group", self.0.id.0)
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn path(&self) -> &str {
        &self.0.path
    }

    async fn full_path(&self, ctx: &Context<'_>) -> ID {
        ID(Asker::of(ctx).state().full_path(self.0.id))
    }

    async fn full_name(&self, ctx: &Context<'_>) -> String {
        Asker::of(ctx).state().full_name(self.0.id)
    }

    async fn description(&self) -> &str {
        &self.0.description
    }

    async fn visibility(&self) -> String {
        self.0.visibility.to_string()
    }

    async fn web_url(&self, ctx: &Context<'_>) -> String {
        let asker = Asker::of(ctx);
        format!("{}/groups/{}", asker.url(), asker.state().full_path(self.0.id))
    }

    async fn archived(&self, ctx: &Context<'_>) -> bool {
        let state = Asker::of(ctx).state();
        state.tree.any_in_lineage(self.0.id, |group| group.archived)
    }

    async fn marked_for_deletion(&self) -> bool {
        self.0.marked_on.is_some()
    }

    async fn marked_for_deletion_on(&self) -> Option<Time> {
        self.0.marked_on.and_then(Time::of_day)
    }

    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    async fn parent(&self, ctx: &Context<'_>) -> Option<Group> {
        readable(Asker::of(ctx), self.0.parent?)
    }

    async fn request_access_enabled(&self) -> bool {
        self.0.settings.request_access_enabled
    }

    async fn require_two_factor_authentication(&self) -> bool {
        self.0.settings.require_two_factor_authentication
    }

    async fn share_with_group_lock(&self) -> bool {
        self.0.settings.share_with_group_lock
    }

    async fn lfs_enabled(&self) -> bool {
        self.0.settings.lfs_enabled
    }

    async fn emails_disabled(&self) -> bool {
        !self.0.settings.emails_enabled
    }

    async fn project_creation_level(&self) -> &str {
        &self.0.settings.project_creation_level
    }

    async fn subgroup_creation_level(&self) -> &str {
        &self.0.settings.subgroup_creation_level
    }

    /// The asker's own level.
    async fn max_access_level(&self, ctx: &Context<'_>) -> AccessLevel {
        let asker = Asker::of(ctx);
        AccessLevel(asker.viewer.level_on_group(&asker.state(), self.0.id))
    }

    async fn projects_count(&self, ctx: &Context<'_>) -> usize {
        let state = Asker::of(ctx).state();
        state.tree.projects_in(self.0.id).count()
    }

    async fn descendant_groups_count(&self, ctx: &Context<'_>) -> usize {
        Asker::of(ctx).state().tree.subgroups(self.0.id).count()
    }

    async fn group_members_count(&self, ctx: &Context<'_>) -> usize {
        member::of_source(Asker::of(ctx), Source::Group(self.0.id), &[Relation::Direct]).len()
    }

    /// For those who administer a group at the top.
    async fn root_storage_statistics(&self, ctx: &Context<'_>) -> Option<storage::OfGroup> {
        let asker = Asker::of(ctx);
        let state = asker.state();
        let administers = asker.viewer.can_admin_group(&state, self.0.id);
        (self.0.parent.is_none() && administers).then(|| storage::OfGroup::of(&state, self.0.id))
    }

    #[graphql(complexity = "of_list(child_complexity, first.or(last))")]
    async fn ci_variables(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Option<Connection<Variable>> {
        let wanted = page(first, after, last, before);
        variable::of_source(Asker::of(ctx), Source::Group(self.0.id), &wanted)
    }

    #[expect(clippy::too_many_arguments, reason = "GitLab's arguments")]
    #[graphql(complexity = "of_list(child_complexity, first.or(last))")]
    async fn projects(
        &self,
        ctx: &Context<'_>,
        #[graphql(default)] include_subgroups: bool,
        #[graphql(default)] include_archived: Option<bool>,
        search: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Connection<Project> {
        let asker = Asker::of(ctx);
        let state = asker.state();
        let search = search.map(|text| Search::new(&text));
        let below = if include_subgroups {
            state.tree.descendants(self.0.id)
        } else {
            Vec::new()
        };
        let groups = std::iter::once(self.0.id).chain(below.iter().map(|group| group.id));
        let mut ids: Vec<u64> = groups
            .flat_map(|group| state.tree.projects_in(group))
            .filter(|project| {
                asker.viewer.can_read_project(&state, project)
                    && (include_archived != Some(false) || !project.archived)
                    && search
                        .as_ref()
                        .is_none_or(|search| search.finds(&project.name) || search.finds(&project.path))
            })
            .map(|project| project.id.0)
            .collect();
        ids.sort_unstable();
        page(first, after, last, before)
            .cut(&ids, |id| state.tree.project(ProjectId(id)).cloned().map(Project))
    }

    #[expect(clippy::too_many_arguments, reason = "GitLab's arguments")]
    #[graphql(complexity = "of_list(child_complexity, first.or(last))")]
    async fn descendant_groups(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = true)] include_parent_descendants: bool,
        search: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Connection<Group> {
        let asker = Asker::of(ctx);
        let state = asker.state();
        let search = search.map(|text| Search::new(&text));
        let below = if include_parent_descendants {
            state.tree.descendants(self.0.id)
        } else {
            state.tree.subgroups(self.0.id).cloned().collect()
        };
        let mut ids: Vec<u64> = below
            .iter()
            .filter(|group| {
                asker.viewer.can_read_group(&state, group)
                    && search
                        .as_ref()
                        .is_none_or(|search| search.finds(&group.name) || search.finds(&group.path))
            })
            .map(|group| group.id.0)
            .collect();
        ids.sort_unstable();
        page(first, after, last, before).cut(&ids, |id| state.tree.group(NamespaceId(id)).cloned().map(Group))
    }

    #[expect(clippy::too_many_arguments, reason = "GitLab's arguments")]
    #[graphql(complexity = "of_list(child_complexity, first.or(last))")]
    async fn group_members(
        &self,
        ctx: &Context<'_>,
        relations: Option<Vec<Relation>>,
        search: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Connection<Member> {
        let relations = relations.unwrap_or_else(|| vec![Relation::Direct, Relation::Inherited]);
        let wanted = page(first, after, last, before);
        members(
            Asker::of(ctx),
            Source::Group(self.0.id),
            &relations,
            search,
            &wanted,
        )
    }
}

/// A page of memberships.
pub(super) fn members(
    asker: &Asker,
    source: Source,
    relations: &[Relation],
    search: Option<String>,
    wanted: &Wanted,
) -> Connection<Member> {
    let search = search.map(|text| Search::new(&text));
    let found = member::of_source(asker, source, relations);
    let state = asker.state();
    let found: Vec<_> = found
        .into_iter()
        .filter(|member| {
            let user = state.users.get(member.user);
            search.as_ref().is_none_or(|search| {
                user.is_some_and(|user| search.finds(&user.name) || search.finds(&user.username))
            })
        })
        .collect();
    let ids: Vec<u64> = found.iter().map(|member| member.id.0).collect();
    wanted.cut(&ids, |id| {
        let at = ids.binary_search(&id).ok()?;
        Some(Member(Arc::clone(found.get(at)?)))
    })
}

pub(super) fn page(
    first: Option<i32>,
    after: Option<String>,
    last: Option<i32>,
    before: Option<String>,
) -> Wanted {
    Wanted {
        first,
        after,
        last,
        before,
    }
}

/// A group's or user's namespace.
#[derive(Debug, Clone, Copy)]
pub(super) struct Namespace(pub(super) NamespaceId);

#[Object]
impl Namespace {
    async fn id(&self, ctx: &Context<'_>) -> ID {
        let state = Asker::of(ctx).state();
        let is_group = state.tree.group(self.0).is_some();
        global_id(
            if is_group {
                "Group"
            } else {
                "Namespaces::UserNamespace"
            },
            self.0.0,
        )
    }

    async fn full_path(&self, ctx: &Context<'_>) -> ID {
        ID(Asker::of(ctx).state().full_path(self.0))
    }

    async fn full_name(&self, ctx: &Context<'_>) -> String {
        Asker::of(ctx).state().full_name(self.0)
    }

    async fn path(&self, ctx: &Context<'_>) -> String {
        let path = Asker::of(ctx).state().full_path(self.0);
        path.rsplit('/').next().unwrap_or_default().to_owned()
    }

    async fn name(&self, ctx: &Context<'_>) -> String {
        let name = Asker::of(ctx).state().full_name(self.0);
        name.rsplit(" / ").next().unwrap_or_default().to_owned()
    }

    #[graphql(complexity = "of_list(child_complexity, first)")]
    async fn projects(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Connection<Project> {
        let asker = Asker::of(ctx);
        let ids = {
            let state = asker.state();
            let own = state.tree.projects_in(self.0);
            own.filter(|project| asker.viewer.can_read_project(&state, project))
                .map(|project| project.id.0)
                .collect::<Vec<u64>>()
        };
        page(first, after, None, None).cut(&ids, |id| project::readable(asker, ProjectId(id)))
    }
}

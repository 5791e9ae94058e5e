use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};

use super::asker::Asker;
use super::branch_rule::{self, BranchRule};
use super::complexity::of_list;
use super::group::{self, Group, Namespace, members, page};
use super::level::AccessLevel;
use super::member::{Member, Relation};
use super::page::Connection;
use super::scalar::{Time, global_id};
use super::storage;
use super::variable::{self, Variable};
use crate::ids::ProjectId;
use crate::state::{self, Source};

/// A project that the asker may read.
#[derive(Debug, Clone)]
pub(super) struct Project(pub(super) Arc<state::Project>);

/// The project, if the asker may read it.
pub(super) fn readable(asker: &Asker, id: ProjectId) -> Option<Project> {
    let state = asker.state();
    let project = state.tree.project(id)?;
    asker
        .viewer
        .can_read_project(&state, project)
        .then(|| Project(Arc::clone(project)))
}

/// The repository, as far as settings tools ask for it.
#[derive(Debug, SimpleObject)]
pub(super) struct Repository {
    root_ref: Option<String>,
    empty: bool,
    exists: bool,
}

fn is_on(level: &str) -> bool {
    level != "disabled"
}

#[Object]
impl Project {
    async fn id(&self) -> ID {
        global_id("Project", self.0.id.0)
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn path(&self) -> &str {
        &self.0.path
    }

    async fn full_path(&self, ctx: &Context<'_>) -> ID {
        ID(Asker::of(ctx).state().project_full_path(&self.0))
    }

    async fn name_with_namespace(&self, ctx: &Context<'_>) -> String {
        let namespace = Asker::of(ctx).state().full_name(self.0.namespace);
        format!("{namespace} / {}", self.0.name)
    }

    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    async fn visibility(&self) -> String {
        self.0.visibility.to_string()
    }

    async fn archived(&self, ctx: &Context<'_>) -> bool {
        let state = Asker::of(ctx).state();
        let above = |group: &state::Group| group.archived;
        self.0.archived || state.tree.any_in_lineage(self.0.namespace, above)
    }

    async fn marked_for_deletion(&self) -> bool {
        self.0.marked_on.is_some()
    }

    async fn marked_for_deletion_on(&self) -> Option<Time> {
        self.0.marked_on.and_then(Time::of_day)
    }

    async fn web_url(&self, ctx: &Context<'_>) -> String {
        let asker = Asker::of(ctx);
        format!("{}/{}", asker.url(), asker.state().project_full_path(&self.0))
    }

    async fn http_url_to_repo(&self, ctx: &Context<'_>) -> String {
        let asker = Asker::of(ctx);
        format!("{}/{}.git", asker.url(), asker.state().project_full_path(&self.0))
    }

    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    async fn updated_at(&self) -> Time {
        Time(self.0.updated_at)
    }

    async fn last_activity_at(&self) -> Time {
        Time(self.0.updated_at)
    }

    async fn star_count(&self) -> u64 {
        self.0.star_count
    }

    async fn topics(&self) -> &[String] {
        &self.0.topics
    }

    async fn namespace(&self) -> Namespace {
        Namespace(self.0.namespace)
    }

    async fn group(&self, ctx: &Context<'_>) -> Option<Group> {
        group::readable(Asker::of(ctx), self.0.namespace)
    }

    async fn repository(&self) -> Repository {
        Repository {
            root_ref: (!self.0.empty).then(|| self.0.default_branch.clone()).flatten(),
            empty: self.0.empty,
            exists: true,
        }
    }

    async fn issues_enabled(&self) -> bool {
        is_on(&self.0.settings.issues_access_level)
    }

    async fn merge_requests_enabled(&self) -> bool {
        is_on(&self.0.settings.merge_requests_access_level)
    }

    async fn wiki_enabled(&self) -> bool {
        is_on(&self.0.settings.wiki_access_level)
    }

    async fn snippets_enabled(&self) -> bool {
        is_on(&self.0.settings.snippets_access_level)
    }

    async fn jobs_enabled(&self) -> bool {
        is_on(&self.0.settings.builds_access_level)
    }

    async fn container_registry_enabled(&self) -> bool {
        is_on(&self.0.settings.container_registry_access_level)
    }

    async fn lfs_enabled(&self) -> bool {
        self.0.settings.lfs_enabled
    }

    async fn shared_runners_enabled(&self) -> bool {
        self.0.settings.shared_runners_enabled
    }

    async fn request_access_enabled(&self) -> bool {
        self.0.settings.request_access_enabled
    }

    async fn only_allow_merge_if_pipeline_succeeds(&self) -> bool {
        self.0.settings.only_allow_merge_if_pipeline_succeeds
    }

    async fn only_allow_merge_if_all_discussions_are_resolved(&self) -> bool {
        self.0.settings.only_allow_merge_if_all_discussions_are_resolved
    }

    async fn remove_source_branch_after_merge(&self) -> bool {
        self.0.settings.remove_source_branch_after_merge
    }

    /// The asker's own level.
    async fn max_access_level(&self, ctx: &Context<'_>) -> AccessLevel {
        let asker = Asker::of(ctx);
        AccessLevel(asker.viewer.level_on_project(&asker.state(), &self.0))
    }

    /// For maintainers.
    async fn statistics(&self, ctx: &Context<'_>) -> Option<storage::OfProject> {
        let asker = Asker::of(ctx);
        let state = asker.state();
        let administers = asker.viewer.can_admin_project(&state, &self.0);
        administers.then(|| storage::OfProject::of(&state, &self.0))
    }

    #[graphql(complexity = "of_list(child_complexity, first.or(last))")]
    async fn branch_rules(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Option<Connection<BranchRule>> {
        let wanted = page(first, after, last, before);
        branch_rule::of_project(Asker::of(ctx), self.0.id, &wanted)
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
        variable::of_source(Asker::of(ctx), Source::Project(self.0.id), &wanted)
    }

    #[expect(clippy::too_many_arguments, reason = "GitLab's arguments")]
    #[graphql(complexity = "of_list(child_complexity, first.or(last))")]
    async fn project_members(
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
            Source::Project(self.0.id),
            &relations,
            search,
            &wanted,
        )
    }
}

use std::collections::BTreeSet;
use std::sync::Arc;

use async_graphql::{Context, Error, ID, Object};

use super::asker::Asker;
use super::complexity::of_list;
use super::group::{self, Group, Namespace, page};
use super::metadata::{Metadata, QueryComplexity};
use super::page::Connection;
use super::project::{self, Project};
use super::scalar::{UserGlobalId, group_of, number_of, project_of};
use super::user::User;
use crate::ids::{NamespaceId, ProjectId, UserId};
use crate::state::{ProjectAt, Search};

/// Full paths that one query of projects may name.
const PATHS: usize = 50;

/// Says what is wrong with a field, which is null then; the others are answered.
fn complain<T>(ctx: &Context<'_>, text: &str) -> Option<T> {
    let error = Error::new(text).into_server_error(ctx.item.pos);
    ctx.add_error(ctx.set_error_path(error));
    None
}

/// Where queries begin.
pub(super) struct Query;

#[Object]
impl Query {
    async fn current_user(&self, ctx: &Context<'_>) -> Option<User> {
        Asker::of(ctx).viewer.user().cloned().map(User)
    }

    async fn metadata(&self, ctx: &Context<'_>) -> Option<Metadata> {
        Asker::of(ctx).viewer.user().map(|_| Metadata)
    }

    async fn query_complexity(&self, ctx: &Context<'_>) -> QueryComplexity {
        let asker = Asker::of(ctx);
        QueryComplexity {
            score: asker.score(),
            limit: asker.limit(),
        }
    }

    async fn echo(&self, ctx: &Context<'_>, text: String) -> String {
        let user = Asker::of(ctx).viewer.user();
        let name = user.map_or("nil", |user| user.username.as_str());
        format!("{name:?} says: {text}")
    }

    async fn group(&self, ctx: &Context<'_>, full_path: ID) -> Option<Group> {
        let asker = Asker::of(ctx);
        let id = asker.state().tree.group_at(&full_path)?.id;
        group::readable(asker, id)
    }

    async fn namespace(&self, ctx: &Context<'_>, full_path: ID) -> Option<Namespace> {
        let asker = Asker::of(ctx);
        let state = asker.state();
        let id = state.tree.namespace_at(&full_path)?;
        asker
            .viewer
            .can_read_namespace(&state, id)
            .then_some(Namespace(id))
    }

    async fn project(&self, ctx: &Context<'_>, full_path: ID) -> Option<Project> {
        let asker = Asker::of(ctx);
        let at = asker.state().tree.project_at(&full_path)?;
        match at {
            ProjectAt::Here(id) | ProjectAt::Moved(id) => project::readable(asker, id),
        }
    }

    async fn user(
        &self,
        ctx: &Context<'_>,
        id: Option<UserGlobalId>,
        username: Option<String>,
    ) -> Option<User> {
        let state = Asker::of(ctx).state();
        let found = match (id, &username) {
            (Some(id), None) => state.users.get(id.0),
            (None, Some(username)) => state.users.by_username(username),
            _ => return complain(ctx, "Provide either a single username or id"),
        };
        found.cloned().map(User)
    }

    #[expect(clippy::too_many_arguments, reason = "GitLab's arguments")]
    #[graphql(complexity = "of_list(child_complexity, first.or(last))")]
    async fn groups(
        &self,
        ctx: &Context<'_>,
        ids: Option<Vec<ID>>,
        top_level_only: Option<bool>,
        owned_only: Option<bool>,
        search: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Connection<Group> {
        let asker = Asker::of(ctx);
        let state = asker.state();
        let search = search.map(|text| Search::new(&text));
        let named: Option<BTreeSet<NamespaceId>> = ids.map(|ids| ids.iter().filter_map(group_of).collect());
        let candidates: Vec<&Arc<_>> = match (&named, &search) {
            (Some(named), _) => named.iter().filter_map(|id| state.tree.group(*id)).collect(),
            (None, Some(search)) => match state.tree.groups_for(search) {
                Some(few) => few.collect(),
                None => state.tree.groups().collect(),
            },
            (None, None) => state.tree.groups().collect(),
        };
        let ids: Vec<u64> = candidates
            .into_iter()
            .filter(|group| {
                asker.viewer.can_read_group(&state, group)
                    && (top_level_only != Some(true) || group.parent.is_none())
                    && (owned_only != Some(true) || asker.viewer.owns_namespace(&state, group.id))
                    && search
                        .as_ref()
                        .is_none_or(|search| search.finds(&group.name) || search.finds(&group.path))
            })
            .map(|group| group.id.0)
            .collect();
        page(first, after, last, before).cut(&ids, |id| state.tree.group(NamespaceId(id)).cloned().map(Group))
    }

    #[expect(clippy::too_many_arguments, reason = "GitLab's arguments")]
    #[graphql(complexity = "of_list(child_complexity, first.or(last))")]
    async fn projects(
        &self,
        ctx: &Context<'_>,
        ids: Option<Vec<ID>>,
        full_paths: Option<Vec<String>>,
        membership: Option<bool>,
        search: Option<String>,
        topics: Option<Vec<String>>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Option<Connection<Project>> {
        if full_paths.as_ref().is_some_and(|paths| paths.len() > PATHS) {
            return complain(ctx, &format!("You cannot provide more than {PATHS} full_paths"));
        }
        let asker = Asker::of(ctx);
        let state = asker.state();
        let search = search.map(|text| Search::new(&text));
        let mut candidates: BTreeSet<ProjectId> = match (&ids, &full_paths, &search) {
            (Some(ids), ..) => ids.iter().filter_map(project_of).collect(),
            (_, Some(paths), _) => paths
                .iter()
                .filter_map(|path| match state.tree.project_at(path)? {
                    ProjectAt::Here(id) => Some(id),
                    ProjectAt::Moved(_) => None,
                })
                .collect(),
            _ if membership == Some(true) => asker.viewer.own_projects(&state),
            (.., Some(search)) if let Some(few) = state.tree.projects_for(search) => {
                few.map(|project| project.id).collect()
            }
            _ => state.tree.projects(..).map(|project| project.id).collect(),
        };
        if membership == Some(true) {
            let own = asker.viewer.own_projects(&state);
            candidates.retain(|id| own.contains(id));
        }
        let wanted_topics = topics.unwrap_or_default();
        // Newest first, as GitLab lists projects.
        let ids: Vec<u64> = candidates
            .iter()
            .rev()
            .filter_map(|id| state.tree.project(*id))
            .filter(|project| {
                asker.viewer.can_read_project(&state, project)
                    && wanted_topics.iter().all(|topic| project.topics.contains(topic))
                    && search.as_ref().is_none_or(|search| {
                        let description = project.description.as_deref().unwrap_or_default();
                        [&project.name, &project.path, description]
                            .iter()
                            .any(|text| search.finds(text))
                    })
            })
            .map(|project| project.id.0)
            .collect();
        Some(
            page(first, after, last, before)
                .cut(&ids, |id| state.tree.project(ProjectId(id)).cloned().map(Project)),
        )
    }

    #[expect(clippy::too_many_arguments, reason = "GitLab's arguments")]
    #[graphql(complexity = "of_list(child_complexity, first.or(last))")]
    async fn users(
        &self,
        ctx: &Context<'_>,
        ids: Option<Vec<ID>>,
        usernames: Option<Vec<String>>,
        search: Option<String>,
        admins: Option<bool>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Option<Connection<User>> {
        let asker = Asker::of(ctx);
        let state = asker.state();
        if ids.is_some() && usernames.is_some() {
            return complain(ctx, "Provide either a list of usernames or ids");
        }
        let search = search.map(|text| Search::new(&text));
        let candidates: BTreeSet<UserId> = if let Some(ids) = &ids {
            let number = |id: &ID| number_of("User", id).map(UserId);
            ids.iter().filter_map(number).collect()
        } else if let Some(names) = &usernames {
            let by_name = |name: &String| state.users.by_username(name).map(|user| user.id);
            names.iter().filter_map(by_name).collect()
        } else if let Some(few) = search.as_ref().and_then(|search| state.users.for_search(search)) {
            few.map(|user| user.id).collect()
        } else {
            state.users.iter().map(|user| user.id).collect()
        };
        let ids: Vec<u64> = candidates
            .into_iter()
            .rev()
            .filter_map(|id| state.users.get(id))
            .filter(|user| {
                (admins != Some(true) || user.admin)
                    && search
                        .as_ref()
                        .is_none_or(|search| search.finds(&user.name) || search.finds(&user.username))
            })
            .map(|user| user.id.0)
            .collect();
        Some(page(first, after, last, before).cut(&ids, |id| state.users.get(UserId(id)).cloned().map(User)))
    }
}

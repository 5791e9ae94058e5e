use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use futures::TryStreamExt;
use futures::future::try_join;
use gitlab_client::{Gitlab, GitlabError, Lane};
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use super::own_projects;
use crate::app::App;
use crate::auth::{Read, Scoped, Session};
use crate::error::Result;
use crate::openapi::AsksGitlab;
use crate::overviews::Until;

const LARGEST: usize = 5;

/// What the tree of groups looks like.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Hierarchy {
    total_groups: u64,
    total_projects: u64,
    /// 1 where there are top-level groups only.
    max_depth: usize,
    /// How many groups there are at depth 1, 2 …
    groups_by_depth: Vec<u64>,
    /// Those with most projects, each with what is in its subgroups.
    largest_groups: Vec<LargeGroup>,
    /// `false` where there is more than could be read in the time that a request has: at least so much.
    complete: bool,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LargeGroup {
    id: u64,
    name: String,
    full_path: String,
    project_count: u64,
}

#[derive(Deserialize)]
struct GroupRow {
    id: u64,
    name: String,
    full_path: String,
}

#[derive(Deserialize)]
struct ProjectRow {
    path_with_namespace: String,
}

/// `GET /api/stats/groups/hierarchy`: how deep the groups are nested, and which are the largest.
///
/// Both lists are read once; nothing is asked of single groups.
#[utoipa::path(
    get, path = "/api/stats/groups/hierarchy", operation_id = "showHierarchy", tag = "Overviews",
    responses((status = 200, description = "The tree in numbers.", body = Hierarchy), AsksGitlab),
)]
pub(in crate::routes) async fn hierarchy(
    State(app): State<Arc<App>>,
    session: Scoped<Read>,
) -> Result<Response> {
    app.overviews
        .answer(&session.gitlab, "stats/groups/hierarchy", look(&app, &session))
        .await
}

async fn look(app: &App, session: &Session) -> Result<Hierarchy> {
    let (gitlab, until) = (&session.gitlab, Until::from_now(&app.clock));
    let ((groups, all_groups), mut projects) = try_join(
        groups(gitlab, &until),
        Projects::below_groups(gitlab, own_projects(session), &until),
    )
    .await?;
    let mut groups_by_depth = Vec::new();
    for group in &groups {
        let depth = group.full_path.split('/').count();
        if groups_by_depth.len() < depth {
            groups_by_depth.resize(depth, 0);
        }
        groups_by_depth[depth - 1] += 1;
    }
    let total_groups = groups.len() as u64;
    let mut largest: Vec<LargeGroup> = groups
        .into_iter()
        .filter_map(|group| {
            let project_count = projects.below.remove(&group.full_path)?;
            Some(LargeGroup {
                id: group.id,
                name: group.name,
                full_path: group.full_path,
                project_count,
            })
        })
        .collect();
    largest.sort_by(|one, other| {
        let key = |group: &LargeGroup| Reverse(group.project_count);
        key(one)
            .cmp(&key(other))
            .then_with(|| one.full_path.cmp(&other.full_path))
    });
    largest.truncate(LARGEST);
    Ok(Hierarchy {
        total_groups,
        total_projects: projects.total,
        max_depth: groups_by_depth.len(),
        groups_by_depth,
        largest_groups: largest,
        complete: all_groups && projects.complete,
    })
}

/// The groups, and whether these are all.
async fn groups(gitlab: &Gitlab, until: &Until) -> Result<(Vec<GroupRow>, bool), GitlabError> {
    let query = [("order_by", "id"), ("sort", "asc")];
    let mut pages = std::pin::pin!(gitlab.pages::<GroupRow>("groups", &query, Lane::People));
    let mut groups = Vec::new();
    while let Some(page) = pages.try_next().await? {
        groups.extend(page.items);
        if until.is_over() {
            return Ok((groups, false));
        }
    }
    Ok((groups, true))
}

/// How many projects there are, and how many in each group with all that is below it.
struct Projects {
    total: u64,
    below: HashMap<String, u64>,
    /// Whether these are all.
    complete: bool,
}

impl Projects {
    async fn below_groups(
        gitlab: &Gitlab,
        mut query: Vec<(&'static str, String)>,
        until: &Until,
    ) -> Result<Self, GitlabError> {
        for (name, value) in [
            ("simple", "true"),
            ("pagination", "keyset"),
            ("order_by", "id"),
            ("sort", "asc"),
        ] {
            query.push((name, value.to_owned()));
        }
        let mut pages = std::pin::pin!(gitlab.pages::<ProjectRow>("projects", &query, Lane::People));
        let mut found = Self {
            total: 0,
            below: HashMap::new(),
            complete: true,
        };
        while let Some(page) = pages.try_next().await? {
            page.items.into_iter().for_each(|project| found.add(&project));
            if until.is_over() {
                found.complete = false;
                break;
            }
        }
        Ok(found)
    }

    fn add(&mut self, project: &ProjectRow) {
        self.total += 1;
        let path = &project.path_with_namespace;
        for (place, _) in path.match_indices('/') {
            if let Some(count) = self.below.get_mut(&path[..place]) {
                *count += 1;
            } else {
                self.below.insert(path[..place].to_owned(), 1);
            }
        }
    }
}

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
        .answer(&session.gitlab, "stats/groups/hierarchy", look(&session))
        .await
}

async fn look(session: &Session) -> Result<Hierarchy> {
    let gitlab = &session.gitlab;
    let (groups, (total_projects, mut projects)) =
        try_join(groups(gitlab), projects_by_group(gitlab, own_projects(session))).await?;
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
            let project_count = projects.remove(&group.full_path)?;
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
        total_projects,
        max_depth: groups_by_depth.len(),
        groups_by_depth,
        largest_groups: largest,
    })
}

async fn groups(gitlab: &Gitlab) -> Result<Vec<GroupRow>, GitlabError> {
    let query = [("order_by", "id"), ("sort", "asc")];
    let pages = gitlab.pages::<GroupRow>("groups", &query, Lane::People);
    let pages: Vec<_> = pages.map_ok(|page| page.items).try_collect().await?;
    Ok(pages.into_iter().flatten().collect())
}

/// How many projects there are, and how many in each group with all that is below it.
async fn projects_by_group(
    gitlab: &Gitlab,
    mut query: Vec<(&'static str, String)>,
) -> Result<(u64, HashMap<String, u64>), GitlabError> {
    for (name, value) in [
        ("simple", "true"),
        ("pagination", "keyset"),
        ("order_by", "id"),
        ("sort", "asc"),
    ] {
        query.push((name, value.to_owned()));
    }
    let mut pages = std::pin::pin!(gitlab.pages::<ProjectRow>("projects", &query, Lane::People));
    let (mut total, mut below) = (0, HashMap::new());
    while let Some(page) = pages.try_next().await? {
        for project in page.items {
            total += 1;
            let path = project.path_with_namespace;
            for (place, _) in path.match_indices('/') {
                if let Some(count) = below.get_mut(&path[..place]) {
                    *count += 1;
                } else {
                    below.insert(path[..place].to_owned(), 1);
                }
            }
        }
    }
    Ok((total, below))
}

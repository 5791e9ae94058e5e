use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::Timestamp;
use futures::TryStreamExt as _;
use futures::future::try_join;
use gitlab_api::resources::{Group, Project};
use gitlab_client::{Gitlab, GitlabError, Lane};
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use super::tree::{GroupAccess, Levels, ProjectAccess, grow};
use crate::app::App;
use crate::auth::{Read, Scoped, Session};
use crate::error::Result;
use crate::openapi::AsksGitlab;
use crate::overviews::of_groups;
use crate::routes::stats::own_projects;

/// Rows of a page.
const PAGE: usize = 100;
/// More is for `/api/estate/tree`, which goes from page to page.
const MOST_GROUPS: usize = 1_000;
const MOST_PROJECTS: usize = 2_000;

/// What one may do where.
#[derive(Serialize, ToSchema)]
struct PermissionOverview<'a> {
    user: Person<'a>,
    /// The tree of groups.
    groups: Vec<GroupAccess>,
    /// What is in none of these groups: in a name space of one's own, or where there were too many groups.
    projects: Vec<ProjectAccess>,
    summary: Summary,
    /// Whether there is more than is shown: only the first 1,000 groups and 2,000 projects are.
    truncated: bool,
    timestamp: Timestamp,
}

#[derive(Serialize, ToSchema)]
struct Person<'a> {
    id: u64,
    username: &'a str,
    name: &'a str,
}

/// How many groups and projects there are of each level.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Summary {
    total_groups: usize,
    total_projects: usize,
    groups: Levels,
    projects: Levels,
}

/// `GET /api/permissions/overview`: which level the signed-in user has in which group and project.
///
/// Of an administrator every group and project counts, of others those that they are a member of. Asked in lists of a
/// hundred, never one by one, and kept for a minute.
#[utoipa::path(
    get, path = "/api/permissions/overview", operation_id = "showPermissions", tag = "Overviews",
    responses((status = 200, description = "The tree.", body = PermissionOverview), AsksGitlab),
)]
pub(in crate::routes) async fn overview(
    State(app): State<Arc<App>>,
    session: Scoped<Read>,
) -> Result<Response> {
    app.overviews
        .answer(&session.gitlab, "permissions/overview", look(&app, &session))
        .await
}

async fn look<'a>(app: &App, session: &'a Session) -> Result<PermissionOverview<'a>> {
    let gitlab = &session.gitlab;
    let by_id = [("order_by", "id".to_owned()), ("sort", "asc".to_owned())];
    let mut wanted = own_projects(session);
    wanted.extend(by_id.clone());
    wanted.push(("pagination", "keyset".to_owned()));
    let groups = async {
        let (groups, more) = first::<Group>(gitlab, "groups", &by_id, MOST_GROUPS).await?;
        let ids: Vec<u64> = groups.iter().map(|group| group.id).collect();
        Ok((groups, of_groups(gitlab, &ids).await?, more))
    };
    let projects = first::<Project>(gitlab, "projects", &wanted, MOST_PROJECTS);
    let ((groups, facts, more_groups), (projects, more_projects)) = try_join(groups, projects).await?;
    let (total_groups, total_projects) = (groups.len(), projects.len());
    let tree = grow(groups, facts, projects);
    let profile = &session.profile;
    Ok(PermissionOverview {
        user: Person {
            id: profile.id,
            username: &profile.username,
            name: &profile.name,
        },
        groups: tree.groups,
        projects: tree.projects,
        summary: Summary {
            total_groups,
            total_projects,
            groups: tree.levels_of_groups,
            projects: tree.levels_of_projects,
        },
        truncated: more_groups || more_projects,
        timestamp: app.clock.now(),
    })
}

/// The first rows of a list, and whether there are more.
async fn first<T: DeserializeOwned + Send + 'static>(
    gitlab: &Gitlab,
    what: &str,
    filters: &[(&str, String)],
    most: usize,
) -> Result<(Vec<T>, bool), GitlabError> {
    let mut query = filters.to_vec();
    query.push(("per_page", PAGE.to_string()));
    let mut pages = std::pin::pin!(gitlab.pages::<T>(what, &query, Lane::People));
    let mut rows = Vec::new();
    while let Some(page) = pages.try_next().await? {
        rows.extend(page.items);
        if rows.len() > most {
            rows.truncate(most);
            return Ok((rows, true));
        }
    }
    Ok((rows, false))
}

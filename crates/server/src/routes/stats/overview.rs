use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::Timestamp;
use futures::future::try_join3;
use serde::Serialize;
use utoipa::ToSchema;

use super::own_projects;
use crate::app::App;
use crate::auth::{Read, Scoped, Session};
use crate::error::Result;
use crate::openapi::AsksGitlab;
use crate::overviews::{Counted, Until, count};

/// How much there is.
#[derive(Serialize, ToSchema)]
struct Overview {
    /// When it was counted; at most a minute ago.
    timestamp: Timestamp,
    groups: GroupCounts,
    projects: ProjectCounts,
    /// `false` where there is more than could be counted in the time that a request has: at least so many.
    complete: bool,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct GroupCounts {
    total: u64,
    top_level: u64,
    subgroups: u64,
}

#[derive(Serialize, ToSchema)]
struct ProjectCounts {
    total: u64,
}

/// `GET /api/stats/overview`: how many groups and projects there are, also above the 10,000 that GitLab counts.
#[utoipa::path(
    get, path = "/api/stats/overview", operation_id = "showOverview", tag = "Overviews",
    responses((status = 200, description = "The counts.", body = Overview), AsksGitlab),
)]
pub(in crate::routes) async fn overview(
    State(app): State<Arc<App>>,
    session: Scoped<Read>,
) -> Result<Response> {
    app.overviews
        .answer(&session.gitlab, "stats/overview", look(&app, &session))
        .await
}

async fn look(app: &App, session: &Session) -> Result<Overview> {
    let (gitlab, top) = (&session.gitlab, [("top_level_only", "true".to_owned())]);
    let (projects, until) = (own_projects(session), Until::from_now(&app.clock));
    let (total, top_level, projects) = try_join3(
        count(gitlab, Counted::Groups, &[], &until),
        count(gitlab, Counted::Groups, &top, &until),
        count(gitlab, Counted::Projects, &projects, &until),
    )
    .await?;
    Ok(Overview {
        timestamp: app.clock.now(),
        groups: GroupCounts {
            total: total.rows,
            top_level: top_level.rows,
            subgroups: total.rows.saturating_sub(top_level.rows),
        },
        complete: total.complete && top_level.complete && projects.complete,
        projects: ProjectCounts { total: projects.rows },
    })
}

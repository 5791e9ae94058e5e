use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use futures::future::try_join;
use serde::Serialize;
use utoipa::ToSchema;

use super::Health;
use crate::app::App;
use crate::auth::{Read, Scoped, Session};
use crate::error::Result;
use crate::openapi::AsksGitlab;
use crate::overviews::{Counted, Until, count};
use crate::routes::stats::own_projects;

/// How much there is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Sizes {
    status: Health,
    project_count: u64,
    group_count: u64,
    /// `false` where there is more than could be counted in the time that a request has: at least so many.
    complete: bool,
}

/// `GET /api/health/stats`: how many groups there are for the user, and projects that they are a member of.
#[utoipa::path(
    get, path = "/api/health/stats", operation_id = "checkSizes", tag = "Health",
    responses((status = 200, description = "How much there is.", body = Sizes), AsksGitlab),
)]
pub(in crate::routes) async fn stats(State(app): State<Arc<App>>, session: Scoped<Read>) -> Result<Response> {
    app.overviews
        .answer(&session.gitlab, "health/stats", look(&app, &session))
        .await
}

async fn look(app: &App, session: &Session) -> Result<Sizes> {
    let (until, own) = (Until::from_now(&app.clock), own_projects(session));
    let (groups, projects) = try_join(
        count(&session.gitlab, Counted::Groups, &[], &until),
        count(&session.gitlab, Counted::Projects, &own, &until),
    )
    .await?;
    Ok(Sizes {
        status: Health::Healthy,
        project_count: projects.rows,
        group_count: groups.rows,
        complete: projects.complete && groups.complete,
    })
}

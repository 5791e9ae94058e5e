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
use crate::overviews::{Counted, count};

/// How much there is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Sizes {
    status: Health,
    project_count: u64,
    group_count: u64,
}

/// `GET /api/health/stats`: how many groups and projects the user sees.
#[utoipa::path(
    get, path = "/api/health/stats", operation_id = "checkSizes", tag = "Health",
    responses((status = 200, description = "How much there is.", body = Sizes), AsksGitlab),
)]
pub(in crate::routes) async fn stats(State(app): State<Arc<App>>, session: Scoped<Read>) -> Result<Response> {
    app.overviews
        .answer(&session.gitlab, "health/stats", look(&session))
        .await
}

async fn look(session: &Session) -> Result<Sizes> {
    let (groups, projects) = try_join(
        count(&session.gitlab, Counted::Groups, &[]),
        count(&session.gitlab, Counted::Projects, &[]),
    )
    .await?;
    Ok(Sizes {
        status: Health::Healthy,
        project_count: projects,
        group_count: groups,
    })
}

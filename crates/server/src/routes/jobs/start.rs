use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::{Job, JobEvent, JobId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::make::{entrust, entrust_beforehand, runs_here};
use crate::app::App;
use crate::auth::{Scoped, Work};
use crate::error::Result;
use crate::request::{Fields, JobPath};

/// Go.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::routes) struct StartRequest {
    /// The text that a destructive job asks for in `confirmation`.
    confirm: Option<String>,
}

/// `POST /api/jobs/:id/start {confirm?}`: runs a planned job.
#[utoipa::path(
    post, path = "/api/jobs/{id}/start", operation_id = "startJob", tag = "Jobs",
    params(("id" = JobId, Path, description = "The job.")),
    request_body = StartRequest,
    responses(
        (status = 200, description = "The job.", body = Job),
        (status = 409, description = "It is not planned, was only to be planned, or belongs to the command line."),
    ),
)]
pub(in crate::routes) async fn start(
    State(app): State<Arc<App>>,
    session: Scoped<Work>,
    JobPath(id): JobPath,
    Fields(StartRequest { confirm }): Fields<StartRequest>,
) -> Result<Json<Job>> {
    let job = app.engine.job(id, &session.actor).await?;
    runs_here(&app, &job).await?;
    entrust_beforehand(&app, &session, &job, JobEvent::Start).await?;
    let job = app.engine.start(id, confirm.as_deref(), &session.actor).await?;
    entrust(&app, &session, &job).await?;
    Ok(Json(job))
}

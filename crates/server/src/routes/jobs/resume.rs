use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::{Job, JobEvent, JobId};

use super::make::{entrust, entrust_beforehand, runs_here};
use crate::app::App;
use crate::auth::{Scoped, Work};
use crate::error::Result;
use crate::request::JobPath;

/// `POST /api/jobs/:id/resume`: goes on with a paused or failed job, with this session's credential if it
/// is the owner's.
#[utoipa::path(
    post, path = "/api/jobs/{id}/resume", operation_id = "resumeJob", tag = "Jobs",
    params(("id" = JobId, Path, description = "The job.")),
    responses(
        (status = 200, description = "The job.", body = Job),
        (status = 409, description = "It is neither paused nor failed, or belongs to the command line."),
    ),
)]
pub(in crate::routes) async fn resume(
    State(app): State<Arc<App>>,
    session: Scoped<Work>,
    JobPath(id): JobPath,
) -> Result<Json<Job>> {
    let job = app.engine.job(id, &session.actor).await?;
    runs_here(&app, &job).await?;
    entrust_beforehand(&app, &session, &job, JobEvent::Resume).await?;
    let job = app.engine.resume(id, &session.actor).await?;
    entrust(&app, &session, &job).await?;
    Ok(Json(job))
}

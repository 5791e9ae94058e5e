use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::{Job, JobId};

use crate::app::App;
use crate::auth::{Read, Scoped};
use crate::error::Result;
use crate::request::JobPath;

/// `GET /api/jobs/:id`.
#[utoipa::path(
    get, path = "/api/jobs/{id}", operation_id = "showJob", tag = "Jobs",
    params(("id" = JobId, Path, description = "The job.")),
    responses((status = 200, description = "The job.", body = Job)),
)]
pub(in crate::routes) async fn show(
    State(app): State<Arc<App>>,
    session: Scoped<Read>,
    JobPath(id): JobPath,
) -> Result<Json<Job>> {
    Ok(Json(app.engine.job(id, &session.actor).await?))
}

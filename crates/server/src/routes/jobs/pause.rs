use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::{Job, JobId};

use crate::app::App;
use crate::auth::{Jobs, Scoped};
use crate::error::Result;
use crate::request::JobPath;

/// `POST /api/jobs/:id/pause`: sends nothing more after what is under way.
#[utoipa::path(
    post, path = "/api/jobs/{id}/pause", operation_id = "pauseJob", tag = "Jobs",
    params(("id" = JobId, Path, description = "The job.")),
    responses(
        (status = 200, description = "The job.", body = Job),
        (status = 409, description = "It is not running."),
    ),
)]
pub(in crate::routes) async fn pause(
    State(app): State<Arc<App>>,
    session: Scoped<Jobs>,
    JobPath(id): JobPath,
) -> Result<Json<Job>> {
    Ok(Json(app.engine.pause(id, &session.actor).await?))
}

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::{Job, JobId, Origin};

use super::create::created;
use super::make::entrust;
use crate::app::App;
use crate::auth::{Scoped, Work};
use crate::error::Result;
use crate::request::JobPath;

/// `POST /api/jobs/:id/undo`: a new job that reverses what this one did. It is planned and then waits to be
/// started.
#[utoipa::path(
    post, path = "/api/jobs/{id}/undo", operation_id = "undoJob", tag = "Jobs",
    params(("id" = JobId, Path, description = "The job.")),
    responses(
        (status = 201, description = "The new job.", body = Job,
            headers(("Location" = String, description = "Its address."))),
        (status = 409, description = "It has not ended, or did nothing that can be reversed."),
    ),
)]
pub(in crate::routes) async fn undo(
    State(app): State<Arc<App>>,
    session: Scoped<Work>,
    JobPath(id): JobPath,
) -> Result<Response> {
    let job = app.engine.undo(id, Origin::Server, &session.actor).await?;
    entrust(&app, &session, &job).await?;
    Ok(created(&job))
}

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::{Job, JobId};

use crate::app::App;
use crate::auth::{Jobs, Scoped};
use crate::error::Result;
use crate::request::JobPath;

/// `DELETE /api/jobs/:id`: what was not sent never will be.
#[utoipa::path(
    delete, path = "/api/jobs/{id}", operation_id = "cancelJob", tag = "Jobs",
    params(("id" = JobId, Path, description = "The job.")),
    responses(
        (status = 200, description = "The job, cancelled.", body = Job),
        (status = 409, description = "It has ended already."),
    ),
)]
pub(in crate::routes) async fn cancel(
    State(app): State<Arc<App>>,
    session: Scoped<Jobs>,
    JobPath(id): JobPath,
) -> Result<Json<Job>> {
    let job = app.engine.cancel(id, &session.actor).await?;
    app.credentials.erase(id, &job.owner().instance).await?;
    Ok(Json(job))
}

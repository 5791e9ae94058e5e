use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::Job;

use crate::app::App;
use crate::auth::{Jobs, Scoped};
use crate::error::Result;
use crate::request::JobPath;

/// `DELETE /api/jobs/:id`: what was not sent never will be.
pub(in crate::routes) async fn cancel(
    State(app): State<Arc<App>>,
    session: Scoped<Jobs>,
    JobPath(id): JobPath,
) -> Result<Json<Job>> {
    let job = app.engine.cancel(id, &session.actor).await?;
    app.credentials.erase(id).await?;
    Ok(Json(job))
}

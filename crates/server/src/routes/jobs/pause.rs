use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::Job;

use crate::app::App;
use crate::auth::{Jobs, Scoped};
use crate::error::Result;
use crate::request::JobPath;

/// `POST /api/jobs/:id/pause`: sends nothing more after what is under way.
pub(in crate::routes) async fn pause(
    State(app): State<Arc<App>>,
    session: Scoped<Jobs>,
    JobPath(id): JobPath,
) -> Result<Json<Job>> {
    Ok(Json(app.engine.pause(id, &session.actor).await?))
}

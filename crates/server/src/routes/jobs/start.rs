use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::{Job, JobEvent};

use super::make::{entrust, entrust_beforehand, permit};
use crate::app::App;
use crate::auth::{Jobs, Scoped};
use crate::error::Result;
use crate::request::{Body, JobPath};

/// `POST /api/jobs/:id/start {confirm?}`: runs a planned job.
pub(in crate::routes) async fn start(
    State(app): State<Arc<App>>,
    session: Scoped<Jobs>,
    JobPath(id): JobPath,
    Body(body): Body,
) -> Result<Json<Job>> {
    permit(&session)?;
    let job = app.engine.job(id, &session.actor).await?;
    let confirm = body.get("confirm").and_then(|given| given.as_str());
    entrust_beforehand(&app, &session, &job, JobEvent::Start).await?;
    let job = app.engine.start(id, confirm, &session.actor).await?;
    entrust(&app, &session, &job).await?;
    Ok(Json(job))
}

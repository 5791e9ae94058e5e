use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use domain::{Item, JobId};
use engine::Resolution;

use super::make::permit;
use crate::app::App;
use crate::auth::{Jobs, Scoped};
use crate::error::{ApiError, Result};
use crate::request::Body;

/// `POST /api/jobs/:id/items/:index/resolve {outcome}`: a person settles an `unconfirmed` item.
pub(in crate::routes) async fn resolve(
    State(app): State<Arc<App>>,
    session: Scoped<Jobs>,
    Path((id, index)): Path<(String, String)>,
    Body(body): Body,
) -> Result<Json<Item>> {
    permit(&session)?;
    let id: JobId = id
        .parse()
        .map_err(|_| ApiError::not_found("there is no such job"))?;
    let job = app.engine.job(id, &session.actor).await?;
    let index: u32 = index
        .parse()
        .map_err(|_| ApiError::not_found(format!("job {} has no such item", job.id)))?;
    let outcome = body
        .get("outcome")
        .and_then(|outcome| outcome.as_str())
        .and_then(Resolution::from_name)
        .ok_or_else(|| {
            ApiError::invalid_field("outcome", format!("outcome has to be {}", Resolution::ALLOWED))
        })?;
    Ok(Json(
        app.engine.resolve(id, index, outcome, &session.actor).await?,
    ))
}

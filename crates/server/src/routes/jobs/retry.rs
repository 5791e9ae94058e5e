use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::Origin;
use serde_json::Value;

use super::create::created;
use super::make::{entrust, permit};
use crate::app::App;
use crate::auth::{Jobs, Scoped};
use crate::error::{ApiError, Result};
use crate::request::{Body, JobPath};

/// `POST /api/jobs/:id/retry {code?}`: a new job of the failed items.
pub(in crate::routes) async fn retry(
    State(app): State<Arc<App>>,
    session: Scoped<Jobs>,
    JobPath(id): JobPath,
    Body(body): Body,
) -> Result<Response> {
    permit(&session)?;
    let code = match body.get("code") {
        None | Some(Value::Null) => None,
        Some(Value::String(code)) => Some(code.as_str()),
        Some(_) => return Err(ApiError::invalid_field("code", "code has to be a text")),
    };
    let job = app.engine.retry(id, code, Origin::Server, &session.actor).await?;
    entrust(&app, &session, &job).await?;
    Ok(created(&job))
}

use std::sync::Arc;

use axum::Json;
use axum::extract;

use super::{State, database_answers};
use crate::app::App;
use crate::error::{ApiError, Result};

/// `GET /health/ready`: whether requests should be sent here; 503 while stopping.
#[utoipa::path(
    get, path = "/health/ready", operation_id = "ready", tag = "Health", security(()),
    responses((status = 200, description = "They should.", body = State)),
)]
pub(in crate::routes) async fn ready(extract::State(app): extract::State<Arc<App>>) -> Result<Json<State>> {
    if app.stopping.is_cancelled() {
        return Err(ApiError::unavailable("the server is stopping"));
    }
    if !database_answers(&app).await {
        return Err(ApiError::unavailable("the database is not available"));
    }
    Ok(Json(State { status: "ready" }))
}

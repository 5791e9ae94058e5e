use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::database_answers;
use crate::app::App;
use crate::error::{ApiError, Result};

/// `GET /health/ready`: whether requests should be sent here; 503 while stopping.
pub(in crate::routes) async fn ready(State(app): State<Arc<App>>) -> Result<Json<Value>> {
    if app.stopping.is_cancelled() {
        return Err(ApiError::unavailable("the server is stopping"));
    }
    if !database_answers(&app).await {
        return Err(ApiError::unavailable("the database is not available"));
    }
    Ok(Json(json!({ "status": "ready" })))
}

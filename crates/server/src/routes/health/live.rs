use axum::Json;
use serde_json::{Value, json};

/// `GET /health/live`: the process answers. Nothing else is looked at: a restart mends nothing but a hang.
pub(in crate::routes) async fn live() -> Json<Value> {
    Json(json!({ "status": "live" }))
}

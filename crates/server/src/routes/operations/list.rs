use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use engine::operation::Description;
use serde_json::{Value, json};

use crate::app::App;
use crate::auth::{Read, Scoped};

/// `GET /api/operations`: everything that can be done in bulk.
pub(in crate::routes) async fn list(State(app): State<Arc<App>>, _: Scoped<Read>) -> Json<Value> {
    let operations: Vec<Description> = app
        .engine
        .registry()
        .iter()
        .map(|operation| Description::of(&**operation))
        .collect();
    Json(json!({ "operations": operations }))
}

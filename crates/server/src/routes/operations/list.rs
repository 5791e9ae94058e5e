use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use engine::operation::Description;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::{Read, Scoped};

/// What there is to do.
#[derive(Serialize, ToSchema)]
pub(in crate::routes) struct OperationList {
    operations: Vec<Description>,
}

/// `GET /api/operations`: everything that can be done in bulk.
#[utoipa::path(
    get, path = "/api/operations", operation_id = "listOperations", tag = "Operations",
    responses((status = 200, description = "All of them.", body = OperationList)),
)]
pub(in crate::routes) async fn list(State(app): State<Arc<App>>, _: Scoped<Read>) -> Json<OperationList> {
    let operations = app
        .engine
        .registry()
        .iter()
        .map(|operation| Description::of(&**operation))
        .collect();
    Json(OperationList { operations })
}

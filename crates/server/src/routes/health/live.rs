use axum::Json;

use super::State;

/// `GET /health/live`: the process answers. Nothing else is looked at: a restart mends nothing but a hang.
#[utoipa::path(
    get, path = "/health/live", operation_id = "live", tag = "Health", security(()),
    responses((status = 200, description = "It answers.", body = State)),
)]
pub(in crate::routes) async fn live() -> Json<State> {
    Json(State { status: "live" })
}

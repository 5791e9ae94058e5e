use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use engine::operation::Description;

use super::find;
use crate::app::App;
use crate::auth::{Read, Scoped};
use crate::error::Result;

/// `GET /api/operations/:type`: one operation, with the JSON Schema of its items.
#[utoipa::path(
    get, path = "/api/operations/{type}", operation_id = "showOperation", tag = "Operations",
    params(("type" = String, Path, description = "`create_group`, or `bulk_create_groups`.")),
    responses((status = 200, description = "The operation.", body = Description)),
)]
pub(in crate::routes) async fn show(
    State(app): State<Arc<App>>,
    _: Scoped<Read>,
    Path(name): Path<String>,
) -> Result<Json<Description>> {
    find(app.engine.registry(), &name).map(|operation| Json(Description::of(&**operation)))
}

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;

use crate::openapi::JSON;

/// `GET /api/openapi.json`: this document, for programs.
#[utoipa::path(
    get, path = "/api/openapi.json", operation_id = "showDocument", tag = "Reference", security(()),
    responses((status = 200, description = "OpenAPI 3.1.", content_type = "application/json", body = Object)),
)]
pub(super) async fn document() -> Response {
    ([(CONTENT_TYPE, "application/json")], JSON.clone()).into_response()
}

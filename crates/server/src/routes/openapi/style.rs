use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;

use crate::openapi::STYLE;

/// `GET /api/reference/style.css`: what the reference looks like.
#[utoipa::path(
    get, path = "/api/reference/style.css", operation_id = "showReferenceStyle", tag = "Reference", security(()),
    responses((status = 200, description = "A style sheet.", content_type = "text/css", body = String)),
)]
pub(super) async fn style() -> Response {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response()
}

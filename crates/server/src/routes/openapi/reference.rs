use axum::response::{Html, IntoResponse, Response};

use crate::openapi::PAGE;

/// `GET /api/reference`: this document, for people.
///
/// A page without scripts that asks for nothing but its style.
#[utoipa::path(
    get, path = "/api/reference", operation_id = "showReference", tag = "Reference", security(()),
    responses((status = 200, description = "A page.", content_type = "text/html", body = String)),
)]
pub(super) async fn reference() -> Response {
    Html(PAGE.clone()).into_response()
}

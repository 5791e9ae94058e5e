use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::Shown;
use crate::app::App;
use crate::auth::{Read, Scoped};
use crate::error::Result;

/// One's own keys.
#[derive(Serialize, ToSchema)]
struct KeyList<'a> {
    keys: Vec<Shown<'a>>,
}

/// `GET /api/keys`: one's own keys, newest first, without the keys themselves.
#[utoipa::path(
    get, path = "/api/keys", operation_id = "listKeys", tag = "API keys",
    responses((status = 200, description = "The keys.", body = KeyList)),
)]
pub(in crate::routes) async fn list(State(app): State<Arc<App>>, session: Scoped<Read>) -> Result<Response> {
    let keys = app.keys.of_user(&session.actor.user).await?;
    let keys = keys.iter().map(Shown::from).collect();
    Ok(Json(KeyList { keys }).into_response())
}

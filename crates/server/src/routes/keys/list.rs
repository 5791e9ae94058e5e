use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::Shown;
use crate::app::App;
use crate::auth::{Read, Scoped};
use crate::error::Result;

/// `GET /api/keys`: one's own keys, newest first, without the keys themselves.
pub(in crate::routes) async fn list(
    State(app): State<Arc<App>>,
    session: Scoped<Read>,
) -> Result<Json<Value>> {
    let keys = app.keys.of_user(&session.actor.user).await?;
    let keys: Vec<Shown<'_>> = keys.iter().map(Shown::from).collect();
    Ok(Json(json!({ "keys": keys })))
}

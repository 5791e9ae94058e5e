use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;

use crate::app::App;
use crate::auth::Signed;
use crate::error::{ApiError, Result};
use crate::request::KeyPath;

/// `DELETE /api/keys/:id`: the key opens nothing from now on, and its sockets are closed.
#[utoipa::path(
    delete, path = "/api/keys/{id}", operation_id = "revokeKey", tag = "API keys", security(("session" = [])),
    params(("id" = String, Path, format = Uuid, description = "The key.")),
    responses((status = 204, description = "It is gone.")),
)]
pub(in crate::routes) async fn revoke(
    State(app): State<Arc<App>>,
    session: Signed,
    KeyPath(id): KeyPath,
) -> Result<StatusCode> {
    let revoked = app.keys.revoke(&session.actor.user, id).await?;
    let known_by = revoked.ok_or_else(|| ApiError::not_found("there is no such API key"))?;
    app.live.close_session(known_by).await;
    tracing::info!(key = %id, user = session.actor.user.user_id, "API key `{id}` was revoked");
    Ok(StatusCode::NO_CONTENT)
}

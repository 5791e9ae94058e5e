use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::auth::Signed;
use crate::error::Result;
use crate::routes::users::SessionList;

/// `GET /api/auth/sessions`: one's own sessions, last used first. Not for API keys.
#[utoipa::path(
    get, path = "/api/auth/sessions", operation_id = "listSessions", tag = "Signing in", security(("session" = [])),
    responses((status = 200, description = "The sessions.", body = SessionList)),
)]
pub(in crate::routes) async fn list(
    State(app): State<Arc<App>>,
    session: Signed,
) -> Result<Json<SessionList>> {
    let listed = app.sessions.of_user(&session.actor.user).await?;
    Ok(Json(SessionList::new(listed, session.id)))
}

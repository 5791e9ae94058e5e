use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use http::StatusCode;

use crate::app::App;
use crate::auth::Signed;
use crate::chain::RequestContext;
use crate::error::{ApiError, Result};
use crate::request::SessionPath;

/// `DELETE /api/auth/sessions/:id`: ends one of one's own sessions at once, and closes its sockets. For another than
/// the one that asks, whoever signed in more than 15 minutes ago signs in again first.
#[utoipa::path(
    delete, path = "/api/auth/sessions/{id}", operation_id = "endSession", tag = "Signing in",
    security(("session" = [])),
    params(("id" = String, Path, description = "The session, as the list calls it.")),
    responses((status = 204, description = "It has ended.")),
)]
pub(in crate::routes) async fn end(
    State(app): State<Arc<App>>,
    session: Signed,
    Extension(context): Extension<Arc<RequestContext>>,
    SessionPath(shown): SessionPath,
) -> Result<StatusCode> {
    let listed = app.sessions.of_user(&session.actor.user).await?;
    let found = listed.into_iter().find(|one| one.id.shown() == shown);
    let id = found
        .ok_or_else(|| ApiError::not_found("there is no such session"))?
        .id;
    context.tell_audit(|row| row.target = Some(format!("session {shown}")));
    if id != session.id && !session.is_fresh(app.clock.now()) {
        return Err(ApiError::sign_in_again());
    }
    app.sessions.close(id).await?;
    app.live.close_session(id).await;
    Ok(StatusCode::NO_CONTENT)
}

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::SET_COOKIE;

use crate::app::App;
use crate::auth::{Signed, clearing_cookie};
use crate::error::{ApiError, Result};

/// `DELETE /api/auth/sessions`: ends all sessions of this user at once, this one as well, and closes their sockets.
/// Whoever signed in more than 15 minutes ago signs in again first.
#[utoipa::path(
    delete, path = "/api/auth/sessions", operation_id = "signOutEverywhere", tag = "Signing in",
    responses((status = 204, description = "There is no session of this user any more.",
        headers(("Set-Cookie" = String, description = "Takes the cookie away.")))),
)]
pub(in crate::routes) async fn end_all(State(app): State<Arc<App>>, session: Signed) -> Result<Response> {
    if !session.is_fresh(app.clock.now()) {
        return Err(ApiError::sign_in_again());
    }
    for id in app.sessions.close_all(&session.actor.user).await? {
        app.live.close_session(id).await;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    let cookie = clearing_cookie(app.settings.production);
    response.headers_mut().insert(SET_COOKIE, cookie);
    Ok(response)
}

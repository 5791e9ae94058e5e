use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};

use crate::app::App;
use crate::auth::{SessionId, clearing_cookie, session_cookie};
use crate::error::Result;

/// `POST /api/auth/logout`: the session ends at once, its sockets are closed. Without a session, nothing happens.
#[utoipa::path(
    post, path = "/api/auth/logout", operation_id = "logOut", tag = "Signing in", security(()),
    responses((status = 204, description = "There is no session any more.",
        headers(("Set-Cookie" = String, description = "Takes the cookie away.")))),
)]
pub(in crate::routes) async fn logout(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response> {
    let production = app.settings.production;
    if let Some(cookie) = session_cookie(&headers, production) {
        let id = SessionId::of(cookie);
        app.sessions.close(id).await?;
        app.live.close_session(id).await;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    response
        .headers_mut()
        .insert(SET_COOKIE, clearing_cookie(production));
    Ok(response)
}

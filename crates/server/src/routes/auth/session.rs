use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::HeaderValue;
use http::header::CACHE_CONTROL;
use serde_json::json;

use crate::auth::Session;

/// `GET /api/auth/session` and `/status`: who is signed in, if anybody.
pub(in crate::routes) async fn session(session: Option<Extension<Arc<Session>>>) -> Response {
    let answer = match session {
        Some(Extension(session)) => json!({
            "authenticated": true,
            "user": session.profile,
            "gitlabUrl": session.actor.user.instance,
            "createdAt": session.created_at,
            "lastActivity": session.last_activity(),
            "expiresAt": session.expires_at,
        }),
        None => json!({ "authenticated": false }),
    };
    let mut response = Json(answer).into_response();
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

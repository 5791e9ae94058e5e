use std::sync::Arc;

use axum::{Extension, Json};
use serde_json::{Value, json};

use crate::auth::Session;

/// `GET /api/auth/session` and `/status`: who is signed in, if anybody.
pub(in crate::routes) async fn session(session: Option<Extension<Arc<Session>>>) -> Json<Value> {
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
    Json(answer)
}

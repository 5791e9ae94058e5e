use std::sync::Arc;

use axum::{Extension, Json};
use serde_json::{Value, json};

use crate::auth::Session;

/// `GET /api/auth/session` and `/status`: who is signed in, if anybody; `key` says with which API key.
pub(in crate::routes) async fn session(session: Option<Extension<Arc<Session>>>) -> Json<Value> {
    let answer = match session {
        Some(Extension(session)) => json!({
            "authenticated": true,
            "user": session.profile,
            "gitlabUrl": session.actor.user.instance,
            "createdAt": session.created_at,
            "lastActivity": session.last_activity(),
            "expiresAt": session.expires_at,
            "key": session.key.as_ref().map(|key| json!({
                "id": key.id,
                "name": key.name,
                "scopes": key.scopes,
            })),
        }),
        None => json!({ "authenticated": false }),
    };
    Json(answer)
}

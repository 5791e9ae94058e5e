use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use domain::UserKey;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::Administrator;
use crate::chain::RequestContext;
use crate::error::Result;
use crate::request::UserPath;

/// What has ended.
#[derive(Serialize, ToSchema)]
pub(in crate::routes) struct SessionsEnded {
    /// How many sessions.
    ended: usize,
}

/// `DELETE /api/users/:id/sessions`: ends all sessions of a user of the same instance at once, and closes their sockets.
/// For its administrators. The user's API keys and jobs go on: blocking the user in GitLab ends those.
#[utoipa::path(
    delete, path = "/api/users/{id}/sessions", operation_id = "endSessionsOfUser", tag = "Signing in",
    security(("session" = [])),
    params(("id" = u64, Path, description = "The user's number at GitLab.")),
    responses((status = 200, description = "They have ended.", body = SessionsEnded)),
)]
pub(in crate::routes) async fn end_sessions(
    State(app): State<Arc<App>>,
    administrator: Administrator,
    Extension(context): Extension<Arc<RequestContext>>,
    UserPath(user_id): UserPath,
) -> Result<Json<SessionsEnded>> {
    let user = UserKey {
        instance: administrator.actor.user.instance.clone(),
        user_id,
    };
    let sessions = app.sessions.close_all(&user).await?;
    for id in &sessions {
        app.live.close_session(*id).await;
    }
    let ended = sessions.len();
    context.tell_audit(|row| {
        row.target = Some(format!("user {user_id}"));
        row.details = Some(json!({ "ended": ended }));
    });
    Ok(Json(SessionsEnded { ended }))
}

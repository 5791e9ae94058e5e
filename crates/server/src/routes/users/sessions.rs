use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::UserKey;

use super::SessionList;
use crate::app::App;
use crate::auth::Administrator;
use crate::error::Result;
use crate::request::UserPath;

/// `GET /api/users/:id/sessions`: the sessions of a user of the same instance, last used first. For its administrators.
#[utoipa::path(
    get, path = "/api/users/{id}/sessions", operation_id = "listSessionsOfUser", tag = "Signing in",
    security(("session" = [])),
    params(("id" = u64, Path, description = "The user's number at GitLab.")),
    responses((status = 200, description = "The sessions.", body = SessionList)),
)]
pub(in crate::routes) async fn sessions(
    State(app): State<Arc<App>>,
    administrator: Administrator,
    UserPath(user_id): UserPath,
) -> Result<Json<SessionList>> {
    let user = UserKey {
        instance: administrator.actor.user.instance.clone(),
        user_id,
    };
    let listed = app.sessions.of_user(&user).await?;
    Ok(Json(SessionList::new(listed, administrator.id)))
}

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::InstanceUrl;
use serde::Serialize;
use utoipa::ToSchema;

use super::Health;
use crate::app::App;
use crate::auth::{Read, Scoped, Session};

/// How long the session lasts.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Lasting {
    status: Health,
    gitlab_url: InstanceUrl,
    /// Null for what has no end by itself, as an API key may have none.
    expires_in_minutes: Option<u64>,
    is_authenticated: bool,
}

/// `GET /api/health/session`: with which GitLab, and for how long.
#[utoipa::path(
    get, path = "/api/health/session", operation_id = "checkSession", tag = "Health",
    responses((status = 200, description = "How it is.", body = Lasting)),
)]
pub(in crate::routes) async fn session(State(app): State<Arc<App>>, session: Scoped<Read>) -> Json<Lasting> {
    Json(look(&app, &session))
}

pub(super) fn look(app: &App, session: &Session) -> Lasting {
    let now = app.clock.now();
    Lasting {
        status: Health::Healthy,
        gitlab_url: session.actor.user.instance.clone(),
        expires_in_minutes: session.expires_at.map(|end| end.since(now).as_secs() / 60),
        is_authenticated: true,
    }
}

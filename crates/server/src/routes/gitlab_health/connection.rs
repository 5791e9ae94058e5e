use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use gitlab_client::Gitlab;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Health, told};
use crate::app::App;
use crate::auth::{Read, Scoped};

/// Whether GitLab answers, how fast, and what it is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Connection {
    status: Health,
    /// How long its answer took, its turn in the budget included.
    latency_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    gitlab_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gitlab_revision: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// `GET /api/health/connection`: whether GitLab answers, and how fast.
#[utoipa::path(
    get, path = "/api/health/connection", operation_id = "checkConnection", tag = "Health",
    responses((status = 200, description = "How it is.", body = Connection)),
)]
pub(in crate::routes) async fn connection(
    State(app): State<Arc<App>>,
    session: Scoped<Read>,
) -> Json<Connection> {
    Json(look(&app, &session.gitlab).await)
}

pub(super) async fn look(app: &App, gitlab: &Gitlab) -> Connection {
    let asked = app.clock.monotonic();
    let version = gitlab.version().await;
    let took = app.clock.monotonic().saturating_sub(asked);
    let latency_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    match version {
        Ok(version) => Connection {
            status: Health::Healthy,
            latency_ms,
            gitlab_version: Some(version.version),
            gitlab_revision: Some(version.revision),
            error: None,
        },
        Err(error) => Connection {
            status: Health::Unhealthy,
            latency_ms,
            gitlab_version: None,
            gitlab_revision: None,
            error: Some(told(&error)),
        },
    }
}

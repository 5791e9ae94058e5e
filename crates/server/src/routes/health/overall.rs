use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::Timestamp;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::database_answers;
use crate::app::App;
use crate::chain::Untouched;
use crate::metrics::resident_bytes;

/// How the server is.
#[derive(Serialize, ToSchema)]
struct Overall {
    /// `healthy` or `unhealthy`.
    #[schema(pattern = "^(un)?healthy$")]
    status: &'static str,
    timestamp: Timestamp,
    /// Seconds since the start.
    uptime: f64,
    version: &'static str,
    memory: Memory,
    /// Whether the database answers.
    database: bool,
    /// Whether Redis answers and the other nodes are heard; false when none is configured.
    redis: bool,
}

/// In bytes.
#[derive(Serialize, ToSchema)]
struct Memory {
    /// What is not swapped out.
    rss: u64,
}

/// `GET /health`: how the server is.
#[utoipa::path(
    get, path = "/health", operation_id = "health", tag = "Health", security(()),
    responses(
        (status = 200, description = "It can serve.", body = Overall),
        (status = 503, description = "It cannot serve.", body = Overall),
    ),
)]
pub(in crate::routes) async fn overall(State(app): State<Arc<App>>) -> Response {
    let database = database_answers(&app).await;
    let answer = Json(Overall {
        status: if database { "healthy" } else { "unhealthy" },
        timestamp: app.clock.now(),
        uptime: app.clock.monotonic().saturating_sub(app.began).as_secs_f64(),
        version: env!("CARGO_PKG_VERSION"),
        memory: Memory {
            rss: resident_bytes().await,
        },
        database,
        redis: app.nodes.are_reached(),
    });
    if database {
        return answer.into_response();
    }
    // It says in its own body what is wrong.
    let mut response = (StatusCode::SERVICE_UNAVAILABLE, answer).into_response();
    response.extensions_mut().insert(Untouched);
    response
}

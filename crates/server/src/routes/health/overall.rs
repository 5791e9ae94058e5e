use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

use super::database_answers;
use crate::app::App;
use crate::metrics::resident_bytes;

/// `GET /health`: how the server is; 503 when it cannot serve.
pub(in crate::routes) async fn overall(State(app): State<Arc<App>>) -> Response {
    let database = database_answers(&app).await;
    let answer = Json(json!({
        "status": if database { "healthy" } else { "unhealthy" },
        "timestamp": app.clock.now(),
        "uptime": app.clock.monotonic().saturating_sub(app.began).as_secs_f64(),
        "version": env!("CARGO_PKG_VERSION"),
        "memory": { "rss": resident_bytes().await },
        "database": database,
        "redis": false,
    }));
    if database {
        answer.into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, Untold(answer)).into_response()
    }
}

/// A 503 that says in its own body what is wrong.
struct Untold(Json<serde_json::Value>);

impl IntoResponse for Untold {
    fn into_response(self) -> Response {
        let mut response = self.0.into_response();
        response.extensions_mut().insert(crate::chain::Untouched);
        response
    }
}

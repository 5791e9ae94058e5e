use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::JobStatus;
use http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use prometheus_client::encoding::text::encode;
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};

use super::process::resident_bytes;
use crate::app::App;
use crate::chain::{Answers, wrap_alone};
use crate::error::ApiError;

const OPEN_METRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// `GET /metrics`, for whoever has `METRICS_TOKEN`; without one there is nothing here.
#[utoipa::path(
    get, path = "/metrics", operation_id = "scrapeMetrics", tag = "Health", security(("metrics" = [])),
    responses(
        (status = 200, description = "OpenMetrics.", content_type = "application/openmetrics-text", body = String),
        (status = 404, description = "No `METRICS_TOKEN` is configured."),
    ),
)]
pub(crate) async fn scrape(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, ApiError> {
    let Some(token) = &app.settings.metrics_token else {
        return Err(ApiError::not_found("there is nothing at this address"));
    };
    let given = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    // Of digests, a comparison that ends early tells nothing.
    let same =
        given.is_some_and(|given| Sha256::digest(given) == Sha256::digest(token.expose_secret().as_bytes()));
    if !same {
        let mut refused = ApiError::unauthorized().into_response();
        refused
            .headers_mut()
            .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        return Ok(refused);
    }
    page(&app).await
}

/// What `METRICS_LISTEN` serves: the same page, open to whoever reaches the address, and nothing else.
pub(crate) fn own_listener(app: &Arc<App>) -> Answers {
    let routes = Router::new().route(
        "/metrics",
        get(async |State(app): State<Arc<App>>| page(&app).await),
    );
    wrap_alone(routes, app)
}

async fn page(app: &App) -> Result<Response, ApiError> {
    const NOT_OVER: [JobStatus; 5] = [
        JobStatus::Planning,
        JobStatus::Planned,
        JobStatus::Pending,
        JobStatus::Running,
        JobStatus::Paused,
    ];
    let metrics = &app.metrics;
    let counted = app.engine.storage().jobs_by_status().await?;
    for status in NOT_OVER {
        let jobs = counted.iter().find(|(one, _)| *one == status);
        metrics.jobs_in(status, jobs.map_or(0, |(_, jobs)| *jobs));
    }
    let inner = &metrics.inner;
    inner
        .sockets
        .set(i64::try_from(app.live.sockets()).unwrap_or(i64::MAX));
    inner.redis_up.set(i64::from(app.nodes.are_reached()));
    inner
        .resident
        .set(i64::try_from(resident_bytes().await).unwrap_or(i64::MAX));
    inner
        .uptime
        .set(app.clock.monotonic().saturating_sub(app.began).as_secs_f64());
    let mut text = String::with_capacity(16 * 1024);
    encode(&mut text, &inner.registry).map_err(ApiError::internal)?;
    Ok((StatusCode::OK, [(CONTENT_TYPE, OPEN_METRICS)], text).into_response())
}

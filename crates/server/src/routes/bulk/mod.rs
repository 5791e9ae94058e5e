//! The short forms of `POST /api/jobs`.

mod groups;
mod import;
mod members;
mod projects;
mod subgroups;

use std::sync::Arc;

use axum::Json;
use axum::response::{IntoResponse, Response};
use engine::manifest;
use http::StatusCode;
use serde_json::{Map, Value, json};

pub(super) use groups::groups;
pub(super) use import::import;
pub(super) use members::members;
pub(super) use projects::projects;
pub(super) use subgroups::subgroups;

use super::jobs::{Making, make};
use crate::app::App;
use crate::auth::{Jobs, Scoped};
use crate::error::Result;
use crate::request::IdempotencyKey;

/// Makes a job of this kind of the list that the body has; options may stand beside it.
async fn accept(
    app: &Arc<App>,
    session: &Scoped<Jobs>,
    kind: &str,
    key: IdempotencyKey,
    mut body: Map<String, Value>,
) -> Result<Response> {
    let idempotency = key.of(kind, &body);
    let options = body.remove("options");
    let start = body.remove("start");
    let making = Making {
        kind,
        data: Value::Object(body),
        options,
        start,
        idempotency,
    };
    answer(app, session, making).await
}

/// Makes a job of a manifest, or of what was once sent in its place: options and all.
async fn accept_manifest(
    app: &Arc<App>,
    session: &Scoped<Jobs>,
    route: &str,
    key: IdempotencyKey,
    data: Map<String, Value>,
) -> Result<Response> {
    let making = Making {
        kind: manifest::JOB_TYPE,
        idempotency: key.of(route, &data),
        data: Value::Object(data),
        options: None,
        start: None,
    };
    answer(app, session, making).await
}

async fn answer(app: &Arc<App>, session: &Scoped<Jobs>, making: Making<'_>) -> Result<Response> {
    let (job, count) = make(app, session, making).await?;
    let answer = json!({
        "jobId": job.id,
        "status": job.status,
        "message": format!("{count} items were accepted"),
        "totalItems": count,
    });
    Ok((StatusCode::ACCEPTED, Json(answer)).into_response())
}

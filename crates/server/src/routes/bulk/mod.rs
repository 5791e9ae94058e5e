//! The short forms of `POST /api/jobs`.

mod groups;
mod import;
mod members;
mod parse_yaml;
mod projects;
mod subgroups;

use std::sync::Arc;

use axum::Json;
use axum::response::{IntoResponse, Response};
use domain::{JobId, JobStatus};
use engine::manifest;
use http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::jobs::{Making, make};
use crate::app::App;
use crate::auth::{Scoped, Work};
use crate::error::Result;
use crate::openapi::Routes;
use crate::request::IdempotencyKey;

pub(super) fn routes() -> Routes {
    Routes::new()
        .with(routes!(groups::groups))
        .with(routes!(projects::projects))
        .with(routes!(members::members))
        .with(routes!(subgroups::subgroups))
        .with(routes!(import::import))
        .with(routes!(parse_yaml::parse_yaml))
}

/// A job that was made.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Accepted {
    job_id: JobId,
    status: JobStatus,
    /// One sentence for a person.
    message: String,
    /// How many items the body had; what a manifest removes is not among them.
    total_items: usize,
}

/// Makes a job of this kind of the list that the body has; options may stand beside it.
async fn accept(
    app: &Arc<App>,
    session: &Scoped<Work>,
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
    session: &Scoped<Work>,
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

async fn answer(app: &Arc<App>, session: &Scoped<Work>, making: Making<'_>) -> Result<Response> {
    let (job, count) = make(app, session, making).await?;
    let answer = Accepted {
        job_id: job.id,
        status: job.status,
        message: match count {
            1 => "1 item was accepted".to_owned(),
            count => format!("{count} items were accepted"),
        },
        total_items: count,
    };
    Ok((StatusCode::ACCEPTED, Json(answer)).into_response())
}

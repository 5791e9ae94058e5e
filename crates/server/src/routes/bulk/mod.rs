//! The short forms of `POST /api/jobs`.

mod groups;
mod members;
mod projects;

use std::sync::Arc;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Map, Value, json};

pub(super) use groups::groups;
pub(super) use members::members;
pub(super) use projects::projects;

use super::jobs::{Making, make};
use crate::app::App;
use crate::auth::Signed;
use crate::error::Result;
use crate::request::IdempotencyKey;

/// Makes a job of this kind of the list that the body has; options may stand beside it.
async fn accept(
    app: &Arc<App>,
    session: &Signed,
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
    let job = make(app, session, making).await?;
    let answer = json!({
        "jobId": job.id,
        "message": format!("{} items were accepted", job.total),
        "totalItems": job.total,
    });
    Ok((StatusCode::ACCEPTED, Json(answer)).into_response())
}

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::{Job, Problem, Problems};
use engine::manifest;
use http::StatusCode;
use http::header::LOCATION;
use serde_json::{Map, Value};

use super::make::{Making, make, missing};
use crate::app::App;
use crate::auth::{Scoped, Work};
use crate::error::Result;
use crate::request::{Body, IdempotencyKey};

/// `POST /api/jobs {type, data, options?, start?}`: the job, at once; it is planned and run in the background.
#[utoipa::path(
    post, path = "/api/jobs", operation_id = "createJob", tag = "Jobs",
    params(("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
        description = "The same key and body give the same job; another body 409.")),
    request_body = ref("#/components/schemas/JobRequest"),
    responses(
        (status = 201, description = "The job. What GitLab will not allow sits on its items.", body = Job,
            headers(("Location" = String, description = "Its address."))),
        (status = 409, description = "The `Idempotency-Key` came with another body before."),
    ),
)]
pub(in crate::routes) async fn create(
    State(app): State<Arc<App>>,
    session: Scoped<Work>,
    key: IdempotencyKey,
    Body(mut body): Body,
) -> Result<Response> {
    let idempotency = key.of("jobs", &body);
    let types = app.engine.registry().job_types();
    let (options, start) = (body.remove("options"), body.remove("start"));
    let (kind, data) = read(&mut body, &types.join(", "))?;
    let (job, _) = make(
        &app,
        &session,
        Making {
            kind: &kind,
            data,
            options,
            start,
            idempotency,
        },
    )
    .await?;
    Ok(created(&job))
}

fn read(body: &mut Map<String, Value>, types: &str) -> Result<(String, Value)> {
    let (kind, data) = (body.remove("type"), body.remove("data"));
    let mut problems: Vec<Problem> = body
        .keys()
        .map(|name| Problem {
            field: Some(name.clone()),
            ..Problem::new("this field is not known here").allowed("type, data, options, start")
        })
        .collect();
    let data = data.filter(Value::is_object).unwrap_or_else(|| {
        problems.push(missing(
            "data",
            "an object with a list of items, or with a selector and parameters",
        ));
        Value::Null
    });
    let is_manifest = kind.as_ref().and_then(Value::as_str) == Some(manifest::JOB_TYPE);
    if is_manifest && data.is_object() && data.get("manifest").is_none() {
        problems.push(missing(
            "data.manifest",
            "a manifest, as an object or as the text of a file",
        ));
    }
    match kind {
        Some(Value::String(kind)) if problems.is_empty() => Ok((kind, data)),
        Some(Value::String(_)) => Err(Problems(problems).into()),
        _ => {
            problems.push(missing("type", types));
            Err(Problems(problems).into())
        }
    }
}

/// 201 with the job and its address.
pub(super) fn created(job: &Job) -> Response {
    let address = format!("/api/jobs/{}", job.id);
    (StatusCode::CREATED, [(LOCATION, address)], Json(job)).into_response()
}

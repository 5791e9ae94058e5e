use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::{Job, JobId, Origin};
use serde::Deserialize;
use utoipa::ToSchema;

use super::create::created;
use super::make::entrust;
use crate::app::App;
use crate::auth::{Scoped, Work};
use crate::error::Result;
use crate::request::{Fields, JobPath};

/// Which of the failed items are to be tried again.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::routes) struct RetryRequest {
    /// Only those with this code of an error, and the failed items that they need.
    code: Option<String>,
}

/// `POST /api/jobs/:id/retry {code?}`: a new job of the failed items.
#[utoipa::path(
    post, path = "/api/jobs/{id}/retry", operation_id = "retryJob", tag = "Jobs",
    params(("id" = JobId, Path, description = "The job.")),
    request_body = Option<RetryRequest>,
    responses(
        (status = 201, description = "The new job.", body = Job,
            headers(("Location" = String, description = "Its address."))),
        (status = 409, description = "It has not ended, or nothing in it has failed (so)."),
    ),
)]
pub(in crate::routes) async fn retry(
    State(app): State<Arc<App>>,
    session: Scoped<Work>,
    JobPath(id): JobPath,
    Fields(RetryRequest { code }): Fields<RetryRequest>,
) -> Result<Response> {
    let job = app
        .engine
        .retry(id, code.as_deref(), Origin::Server, &session.actor)
        .await?;
    entrust(&app, &session, &job).await?;
    Ok(created(&job))
}

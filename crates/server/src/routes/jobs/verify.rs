use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::{Job, JobId};
use http::StatusCode;

use crate::app::App;
use crate::auth::{Jobs, Scoped};
use crate::error::Result;
use crate::request::JobPath;

/// `POST /api/jobs/:id/verify`: looks at what the job did. The answer comes at once; `verifiedAt` of the job and
/// `differences` of its items say what was found, `verificationError` of the job why nothing could be. Asking again
/// while it is being looked at changes nothing.
#[utoipa::path(
    post, path = "/api/jobs/{id}/verify", operation_id = "verifyJob", tag = "Jobs",
    params(("id" = JobId, Path, description = "The job.")),
    responses(
        (status = 202, description = "The job; it is being looked at.", body = Job),
        (status = 409, description = "It is still running."),
    ),
)]
pub(in crate::routes) async fn verify(
    State(app): State<Arc<App>>,
    session: Scoped<Jobs>,
    JobPath(id): JobPath,
) -> Result<Response> {
    let job = app.engine.begin_verifying(id, &session.actor).await?;
    let Some(under_way) = app.verifications.begin(id) else {
        return Ok((StatusCode::ACCEPTED, Json(job)).into_response());
    };
    let (engine, gitlab, actor) = (app.engine.clone(), session.gitlab.clone(), session.actor.clone());
    let stopping = app.stopping.child_token();
    let begun = job.clone();
    tokio::spawn(async move {
        let verified = stopping
            .run_until_cancelled(engine.verify(id, &gitlab, &actor))
            .await;
        let failed = match verified {
            Some(verified) => verified.map(drop),
            // Whoever waits for it is not to wait for ever.
            None => {
                engine
                    .not_verified(&begun, "SERVICE_UNAVAILABLE", "the server was stopped")
                    .await
            }
        };
        if let Err(error) = failed {
            tracing::warn!(job = %id, %error, "the job could not be verified");
        }
        drop(under_way);
    });
    Ok((StatusCode::ACCEPTED, Json(job)).into_response())
}

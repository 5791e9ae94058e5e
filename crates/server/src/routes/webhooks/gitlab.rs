use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::{Extension, Json};
use futures::future::{self, Either};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::Serialize;
use utoipa::ToSchema;

use crate::address::counted_as;
use crate::app::App;
use crate::chain::RequestContext;
use crate::error::{ApiError, Result};
use crate::hooks::{Outcome, instance_of, is_known};

/// What is heeded here is said in a few hundred bytes.
const LARGEST: usize = 1024 * 1024;
/// GitLab itself waits no longer for an answer.
const LONGEST: Duration = Duration::from_secs(10);

/// What became of it.
#[derive(Serialize, ToSchema)]
pub(super) struct Receipt {
    outcome: ReceiptOutcome,
}

/// Whether it was of any use.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ReceiptOutcome {
    /// Kept answers that it made untrue are dropped, and those who follow what it is about are told.
    Taken,
    /// It came before.
    Repeated,
    /// It is about no group, project or member.
    Ignored,
}

/// `POST /api/webhooks/gitlab`: what GitLab's system, group and project hooks tell.
///
/// Turned on by `GITLAB_WEBHOOK_SECRET`, which GitLab sends in `X-Gitlab-Token`. Events about groups, projects and their
/// members drop kept answers and are told to those who follow them; all others are ignored. `X-Gitlab-Instance` says
/// which GitLab it is. A message that comes twice (`Idempotency-Key`, `webhook-id`) is told once.
#[utoipa::path(
    post, path = "/api/webhooks/gitlab", operation_id = "receiveGitlabHook", tag = "Webhooks",
    security(("webhook" = [])),
    request_body(content = Value, description = "The body of a hook, as GitLab sends it.", content_type = "application/json"),
    responses(
        (status = 200, description = "It has come.", body = Receipt),
        (status = 401, description = "`UNAUTHORIZED`: the token is not ours."),
        (status = 404, description = "`NOT_FOUND`: `GITLAB_WEBHOOK_SECRET` is not set."),
    ),
)]
pub(in crate::routes) async fn gitlab(
    State(app): State<Arc<App>>,
    Extension(context): Extension<Arc<RequestContext>>,
    request: Request,
) -> Result<Json<Receipt>> {
    let hooks = &app.settings.webhooks;
    if hooks.secrets.is_empty() {
        return Err(ApiError::not_found(
            "there is nothing at this address; GITLAB_WEBHOOK_SECRET turns GitLab's hooks on",
        ));
    }
    let (head, body) = request.into_parts();
    if !is_known(&head.headers, &hooks.secrets) {
        // Whoever knows it is let in, whatever others do who share the address.
        let standing = app.limits.hook_guesses.take(counted_as(context.address())).await;
        return Err(if standing.within {
            ApiError::unauthorized()
        } else {
            ApiError::rate_limited(standing.reset)
        });
    }
    let instance = instance_of(&head.headers, &hooks.instance)?;
    app.ways.check(&instance)?;
    let reading = std::pin::pin!(Limited::new(body, LARGEST).collect());
    let body = match future::select(reading, app.clock.sleep(LONGEST)).await {
        Either::Left((Ok(whole), _)) => whole.to_bytes(),
        Either::Left((Err(error), _)) if error.is::<LengthLimitError>() => {
            return Err(ApiError::payload_too_large(LARGEST));
        }
        Either::Left((Err(_), _)) => {
            return Err(ApiError::invalid_field("body", "it did not arrive whole"));
        }
        Either::Right(_) => return Err(ApiError::too_slow()),
    };
    let outcome = match app.hooks.take(&app, instance, &head.headers, &body).await {
        Outcome::Taken => ReceiptOutcome::Taken,
        Outcome::Repeated => ReceiptOutcome::Repeated,
        Outcome::Ignored => ReceiptOutcome::Ignored,
    };
    Ok(Json(Receipt { outcome }))
}

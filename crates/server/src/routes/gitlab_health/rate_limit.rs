use axum::Json;
use gitlab_client::Allowance;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Health, told};
use crate::auth::{Read, Scoped};

/// Where the user stands with GitLab's own limit, if GitLab tells.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::routes) struct RateLimit {
    status: Health,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remaining: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reset_in_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    used: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage_percent: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// `GET /api/health/rate-limit`: where the user stands with GitLab's own limit.
#[utoipa::path(
    get, path = "/api/health/rate-limit", operation_id = "checkRateLimit", tag = "Health",
    responses((status = 200, description = "How it is.", body = RateLimit)),
)]
pub(in crate::routes) async fn rate_limit(session: Scoped<Read>) -> Json<RateLimit> {
    let answer = match session.gitlab.allowance().await {
        Ok(Some(allowance)) => told_by_gitlab(allowance),
        Ok(None) => unknown(Health::Unknown, None),
        Err(error) => unknown(Health::Unhealthy, Some(told(&error))),
    };
    Json(answer)
}

fn told_by_gitlab(allowance: Allowance) -> RateLimit {
    let used = allowance.limit.saturating_sub(allowance.remaining);
    let left = allowance.remaining > 0;
    #[expect(clippy::cast_precision_loss, reason = "per cent for people")]
    let percent = (allowance.limit > 0).then(|| used as f64 * 100.0 / allowance.limit as f64);
    RateLimit {
        status: if left { Health::Healthy } else { Health::Unhealthy },
        limit: Some(allowance.limit),
        remaining: Some(allowance.remaining),
        reset_in_seconds: Some(allowance.resets_in.as_secs()),
        used: Some(used),
        usage_percent: percent.map(|percent| (percent * 10.0).round() / 10.0),
        error: None,
    }
}

fn unknown(status: Health, error: Option<String>) -> RateLimit {
    RateLimit {
        status,
        limit: None,
        remaining: None,
        reset_in_seconds: None,
        used: None,
        usage_percent: None,
        error,
    }
}

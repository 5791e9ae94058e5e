//! How GitLab, the token and the session are: small answers for a dashboard, always 200, with `status` in the body.

mod connection;
mod quick;
mod rate_limit;
mod session;
mod stats;
mod user;

use gitlab_client::{GitlabError, Refusal};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::openapi::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .with(routes!(connection::connection))
        .with(routes!(user::user))
        .with(routes!(stats::stats))
        .with(routes!(rate_limit::rate_limit))
        .with(routes!(session::session))
        .with(routes!(quick::quick))
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Health {
    Healthy,
    Unhealthy,
    /// GitLab does not tell.
    Unknown,
}

/// What went wrong, for a person: GitLab's word where it has one.
fn told(error: &GitlabError) -> String {
    let refusal = error.refusal();
    refusal.map_or_else(|| error.to_string(), |Refusal { message, .. }| message.clone())
}

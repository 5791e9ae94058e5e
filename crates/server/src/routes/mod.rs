//! What can be asked: one file per resource and verb.

mod audit;
mod auth;
mod bulk;
mod estate;
mod export;
mod gateway;
mod gitlab_health;
mod health;
mod jobs;
mod keys;
mod openapi;
mod operations;
mod permissions;
mod proxy;
mod stats;
mod users;
mod webhooks;

use std::sync::Arc;

use axum::Router;

pub(crate) use self::export::EstateFormat;
#[cfg(feature = "fuzzing")]
pub(crate) use self::gateway::host as gateway_host;
pub(crate) use self::gateway::rest as gateway;
#[cfg(feature = "fuzzing")]
pub(crate) use self::jobs::upload_taken_apart;
pub(crate) use self::proxy::rest as proxy;

use crate::app::App;
use crate::error::ApiError;
use crate::metrics;
use crate::openapi::Routes;

/// Every route, in the order of the documentation.
pub(crate) fn all() -> Routes {
    Routes::new()
        .merge(auth::routes())
        .merge(users::routes())
        .merge(keys::routes())
        .merge(jobs::routes())
        .merge(bulk::routes())
        .merge(export::routes())
        .merge(operations::routes())
        .merge(estate::routes())
        .merge(permissions::routes())
        .merge(stats::routes())
        .merge(proxy::routes())
        .merge(gateway::routes())
        .merge(webhooks::routes())
        .merge(audit::routes())
        .merge(gitlab_health::routes())
        .merge(health::routes())
        .merge(metrics::routes())
        .merge(openapi::routes())
}

/// The same as axum takes it, with an answer for every other address and method.
pub(crate) fn router() -> Router<Arc<App>> {
    let (router, _) = all().split();
    router
        .fallback(async || ApiError::not_found("there is nothing at this address"))
        .method_not_allowed_fallback(async || ApiError::method_not_allowed())
}

/// What limits a request's body and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// JSON, forms.
    Plain,
    /// Files.
    Upload,
    /// Passes through, or stays open: no limit of ours.
    Stream,
}

impl Kind {
    /// The kind of a request by its path.
    pub(crate) fn of(path: &str) -> Self {
        match path {
            "/api/jobs/import" => Self::Upload,
            path if path.starts_with("/socket.io") || path.starts_with("/gitlab/") => Self::Stream,
            path if path.starts_with("/api/gitlab/") && !path.starts_with("/api/gitlab/bulk/") => {
                Self::Stream
            }
            _ => Self::Plain,
        }
    }
}

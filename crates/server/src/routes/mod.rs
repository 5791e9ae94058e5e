//! What can be asked: one file per resource and verb.

mod audit;
mod auth;
mod bulk;
mod health;
mod jobs;
mod keys;
mod operations;
mod proxy;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, delete, get, post};

use crate::app::App;
use crate::error::ApiError;
use crate::metrics;

/// Every route, in the order of the documentation.
pub(crate) fn all() -> Router<Arc<App>> {
    Router::new()
        .route("/api/auth/login", post(auth::login))
        .route("/api/auth/logout", post(auth::logout))
        .route("/api/auth/session", get(auth::session))
        .route("/api/auth/status", get(auth::session))
        .route("/api/audit", get(audit::list))
        .route("/api/keys", get(keys::list).post(keys::create))
        .route("/api/keys/{id}", delete(keys::revoke))
        .route("/api/gitlab/graphql", any(proxy::graphql))
        .route("/api/gitlab/{*path}", any(proxy::rest))
        .route("/api/gitlab/bulk/groups", post(bulk::groups))
        .route("/api/gitlab/bulk/projects", post(bulk::projects))
        .route("/api/gitlab/bulk/members", post(bulk::members))
        .route("/api/gitlab/bulk/subgroups", post(bulk::subgroups))
        .route("/api/gitlab/bulk/import", post(bulk::import))
        .route("/api/operations", get(operations::list))
        .route("/api/operations/{type}", get(operations::show))
        .route("/api/operations/{type}/template", get(operations::template))
        .route("/api/jobs", get(jobs::list).post(jobs::create))
        // It counts what it reads by itself.
        .route(
            "/api/jobs/import",
            post(jobs::import).layer(DefaultBodyLimit::disable()),
        )
        .route("/api/jobs/{id}", get(jobs::show).delete(jobs::cancel))
        .route("/api/jobs/{id}/items", get(jobs::items))
        .route("/api/jobs/{id}/results", get(jobs::results))
        .route("/api/jobs/{id}/start", post(jobs::start))
        .route("/api/jobs/{id}/pause", post(jobs::pause))
        .route("/api/jobs/{id}/resume", post(jobs::resume))
        .route("/api/jobs/{id}/retry", post(jobs::retry))
        .route("/api/jobs/{id}/undo", post(jobs::undo))
        .route("/api/jobs/{id}/verify", post(jobs::verify))
        .route("/api/jobs/{id}/items/{index}/resolve", post(jobs::resolve))
        .route("/health", get(health::overall))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(metrics::scrape))
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
            path if path.starts_with("/socket.io") => Self::Stream,
            path if path.starts_with("/api/gitlab/") && !path.starts_with("/api/gitlab/bulk/") => {
                Self::Stream
            }
            _ => Self::Plain,
        }
    }
}

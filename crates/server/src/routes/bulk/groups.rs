use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::accept;
use crate::app::App;
use crate::auth::{Jobs, Scoped};
use crate::error::Result;
use crate::request::{Body, IdempotencyKey};

/// `POST /api/gitlab/bulk/groups {groups[]}`: a job of the type `bulk_create_groups`.
pub(in crate::routes) async fn groups(
    State(app): State<Arc<App>>,
    session: Scoped<Jobs>,
    key: IdempotencyKey,
    Body(body): Body,
) -> Result<Response> {
    accept(&app, &session, "bulk_create_groups", key, body).await
}

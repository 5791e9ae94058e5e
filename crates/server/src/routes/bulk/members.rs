use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::accept;
use crate::app::App;
use crate::auth::{Jobs, Scoped};
use crate::error::Result;
use crate::request::{Body, IdempotencyKey};

/// `POST /api/gitlab/bulk/members {members[]}`: a job of the type `bulk_add_members`.
pub(in crate::routes) async fn members(
    State(app): State<Arc<App>>,
    session: Scoped<Jobs>,
    key: IdempotencyKey,
    Body(body): Body,
) -> Result<Response> {
    accept(&app, &session, "bulk_add_members", key, body).await
}

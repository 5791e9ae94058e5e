use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::accept;
use crate::app::App;
use crate::auth::Signed;
use crate::error::Result;
use crate::request::{Body, IdempotencyKey};

/// `POST /api/gitlab/bulk/projects {projects[]}`: a job of the type `bulk_create_projects`.
pub(in crate::routes) async fn projects(
    State(app): State<Arc<App>>,
    session: Signed,
    key: IdempotencyKey,
    Body(body): Body,
) -> Result<Response> {
    accept(&app, &session, "bulk_create_projects", key, body).await
}

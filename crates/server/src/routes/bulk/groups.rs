use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::Accepted;
use super::accept;
use crate::app::App;
use crate::auth::{Scoped, Work};
use crate::error::Result;
use crate::request::{Body, IdempotencyKey};

/// `POST /api/gitlab/bulk/groups {groups[]}`: a job of the type `bulk_create_groups`.
#[utoipa::path(
    post, path = "/api/gitlab/bulk/groups", operation_id = "createGroups", tag = "Short forms",
    params(("Idempotency-Key" = Option<String>, Header, max_length = 255, min_length = 1, pattern = "^[!-~]+$",
        description = "The same key and body give the same job; another body 409.")),
    request_body = ref("#/components/schemas/GroupsRequest"),
    responses(
        (status = 202, description = "The job.", body = Accepted),
        (status = 409, description = "The `Idempotency-Key` came with another body before."),
    ),
)]
pub(in crate::routes) async fn groups(
    State(app): State<Arc<App>>,
    session: Scoped<Work>,
    key: IdempotencyKey,
    Body(body): Body,
) -> Result<Response> {
    accept(&app, &session, "bulk_create_groups", key, body).await
}

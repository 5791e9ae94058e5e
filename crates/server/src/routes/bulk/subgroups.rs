use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::Problems;
use serde_json::{Map, Value};

use super::Accepted;
use super::accept_manifest;
use crate::app::App;
use crate::auth::{Scoped, Work};
use crate::error::Result;
use crate::request::{Body, IdempotencyKey};
use crate::routes::jobs::missing;

/// `POST /api/gitlab/bulk/subgroups {parentId, subgroups[], defaults?, options?}`: a tree of groups below one that
/// exists, as a job of the type `manifest`.
#[utoipa::path(
    post, path = "/api/gitlab/bulk/subgroups", operation_id = "createSubgroups", tag = "Short forms",
    params(("Idempotency-Key" = Option<String>, Header, max_length = 255, min_length = 1, pattern = "^[!-~]+$",
        description = "The same key and body give the same job; another body 409.")),
    request_body = ref("#/components/schemas/SubgroupsRequest"),
    responses(
        (status = 202, description = "The job.", body = Accepted),
        (status = 409, description = "The `Idempotency-Key` came with another body before."),
    ),
)]
pub(in crate::routes) async fn subgroups(
    State(app): State<Arc<App>>,
    session: Scoped<Work>,
    key: IdempotencyKey,
    Body(body): Body,
) -> Result<Response> {
    if body.get("parentId").is_none_or(Value::is_null) {
        // Without it the tree would stand at the top level.
        let problem = missing("parentId", "number or full path of a group");
        return Err(Problems::from(problem).into());
    }
    let data = Map::from_iter([("manifest".to_owned(), Value::Object(body))]);
    accept_manifest(&app, &session, "bulk_subgroups", key, data).await
}

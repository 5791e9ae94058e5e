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

/// `POST /api/gitlab/bulk/import {targetGroupId, yaml}`: the text of a manifest, or of one of the older forms, whose
/// outermost objects are made in that group.
#[utoipa::path(
    post, path = "/api/gitlab/bulk/import", operation_id = "importText", tag = "Short forms",
    params(("Idempotency-Key" = Option<String>, Header, max_length = 255, min_length = 1, pattern = "^[!-~]+$",
        description = "The same key and body give the same job; another body 409.")),
    request_body = ref("#/components/schemas/ImportTextRequest"),
    responses(
        (status = 202, description = "The job.", body = Accepted),
        (status = 409, description = "The `Idempotency-Key` came with another body before."),
    ),
)]
pub(in crate::routes) async fn import(
    State(app): State<Arc<App>>,
    session: Scoped<Work>,
    key: IdempotencyKey,
    Body(mut body): Body,
) -> Result<Response> {
    let says_something = |text: &Value| text.as_str().is_some_and(|text| !text.trim().is_empty());
    let Some(text) = body.remove("yaml").filter(says_something) else {
        return Err(Problems::from(missing("yaml", "the text of a manifest")).into());
    };
    let mut data = Map::from_iter([("manifest".to_owned(), text)]);
    let group = body
        .remove("targetGroupId")
        .map(|group| ("group".to_owned(), group));
    data.extend(group);
    accept_manifest(&app, &session, "bulk_import", key, data).await
}

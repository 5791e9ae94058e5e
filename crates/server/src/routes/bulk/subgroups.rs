use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde_json::{Map, Value};

use super::accept_manifest;
use crate::app::App;
use crate::auth::{Jobs, Scoped};
use crate::error::Result;
use crate::request::{Body, IdempotencyKey};

/// `POST /api/gitlab/bulk/subgroups {parentId, subgroups[], defaults?, options?}`: a tree of groups below one that
/// exists, as a job of the type `manifest`.
pub(in crate::routes) async fn subgroups(
    State(app): State<Arc<App>>,
    session: Scoped<Jobs>,
    key: IdempotencyKey,
    Body(body): Body,
) -> Result<Response> {
    let data = Map::from_iter([("manifest".to_owned(), Value::Object(body))]);
    accept_manifest(&app, &session, "bulk_subgroups", key, data).await
}

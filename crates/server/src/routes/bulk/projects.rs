use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde_json::{Map, Value};

use super::Accepted;
use super::{accept, accept_manifest};
use crate::app::App;
use crate::auth::{Scoped, Work};
use crate::error::Result;
use crate::request::{Body, IdempotencyKey};

/// `POST /api/gitlab/bulk/projects {projects[]}`: a job of the type `bulk_create_projects`; or, where the projects are
/// told by group or come with defaults, protection and variables, one of the type `manifest`.
#[utoipa::path(
    post, path = "/api/gitlab/bulk/projects", operation_id = "createProjects", tag = "Short forms",
    params(("Idempotency-Key" = Option<String>, Header, max_length = 255, min_length = 1, pattern = "^[!-~]+$",
        description = "The same key and body give the same job; another body 409.")),
    request_body = ref("#/components/schemas/ProjectsRequest"),
    responses(
        (status = 202, description = "The job.", body = Accepted),
        (status = 409, description = "The `Idempotency-Key` came with another body before."),
    ),
)]
pub(in crate::routes) async fn projects(
    State(app): State<Arc<App>>,
    session: Scoped<Work>,
    key: IdempotencyKey,
    Body(body): Body,
) -> Result<Response> {
    if is_manifest(&body) {
        let data = Map::from_iter([("manifest".to_owned(), Value::Object(body))]);
        return accept_manifest(&app, &session, "bulk_projects", key, data).await;
    }
    accept(&app, &session, "bulk_create_projects", key, body).await
}

fn is_manifest(body: &Map<String, Value>) -> bool {
    let besides = [
        "defaults",
        "branchProtection",
        "ciVariables",
        "branch_protection",
        "ci_variables",
    ];
    let groups = body.get("projects").and_then(Value::as_array);
    besides.iter().any(|name| body.contains_key(*name))
        || groups.is_some_and(|groups| groups.iter().any(|group| group.get("projects").is_some()))
}

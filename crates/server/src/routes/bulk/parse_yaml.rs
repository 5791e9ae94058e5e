use axum::Json;
use engine::import::parse_yaml as parse;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::auth::{Read, Scoped};
use crate::error::{ApiError, Result};
use crate::request::Body;

/// What is to be read.
#[expect(dead_code, reason = "only described: bodies are read field by field")]
#[derive(ToSchema)]
struct ParseYamlRequest {
    /// A text of YAML.
    content: String,
}

/// What it says.
#[derive(Serialize, ToSchema)]
pub(in crate::routes) struct ParsedYaml {
    /// Always true; what cannot be read is a 400.
    success: bool,
    /// The text as JSON.
    data: Value,
}

/// `POST /api/gitlab/bulk/parse-yaml {content}`: what a text says as YAML, as `{success, data}`. Nothing is made of it.
#[utoipa::path(
    post, path = "/api/gitlab/bulk/parse-yaml", operation_id = "parseYaml", tag = "Short forms",
    request_body = ParseYamlRequest,
    responses((status = 200, description = "What the text says.", body = ParsedYaml)),
)]
pub(in crate::routes) async fn parse_yaml(_: Scoped<Read>, Body(mut body): Body) -> Result<Json<ParsedYaml>> {
    let Some(Value::String(content)) = body.remove("content") else {
        return Err(ApiError::invalid_field(
            "content",
            "content is required: a text of YAML",
        ));
    };
    // A document can be as long as a body may be.
    let data = tokio::task::spawn_blocking(move || parse(&content))
        .await
        .map_err(ApiError::internal)?
        .map_err(|problem| ApiError::invalid_field("content", problem.message))?;
    Ok(Json(ParsedYaml { success: true, data }))
}

//! What the library says, in GitLab's words.

use async_graphql::Response;
use serde_json::{Value, json};

/// The answer as GitLab gives it: what could not be executed has no data, and errors read as GitLab's do.
pub(super) fn as_gitlab_says(response: &Response) -> Value {
    if response.errors.is_empty() {
        return json!({ "data": response.data });
    }
    let errors: Vec<Value> = response.errors.iter().map(error).collect();
    match &response.data {
        async_graphql::Value::Null => json!({ "errors": errors }),
        data => json!({ "data": data, "errors": errors }),
    }
}

fn error(error: &async_graphql::ServerError) -> Value {
    let mut body = serde_json::Map::new();
    let unknown = unknown_field(&error.message);
    let message = match unknown {
        Some((field, kind)) => format!("Field '{field}' doesn't exist on type '{kind}'"),
        None => error.message.clone(),
    };
    body.insert("message".to_owned(), message.into());
    if !error.locations.is_empty() {
        body.insert("locations".to_owned(), json!(error.locations));
    }
    if !error.path.is_empty() {
        body.insert("path".to_owned(), json!(error.path));
    }
    if let Some((field, kind)) = unknown {
        let extensions = json!({ "code": "undefinedField", "typeName": kind, "fieldName": field });
        body.insert("extensions".to_owned(), extensions);
    }
    Value::Object(body)
}

/// `Unknown field "fullPth" on type "Project". Did you mean …?`
fn unknown_field(message: &str) -> Option<(&str, &str)> {
    let (field, rest) = message.strip_prefix("Unknown field \"")?.split_once('"')?;
    let (kind, _) = rest.strip_prefix(" on type \"")?.split_once('"')?;
    Some((field, kind))
}

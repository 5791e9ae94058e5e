mod list;
mod show;
mod template;

pub(super) use list::list;
pub(super) use show::show;
pub(super) use template::template;

use std::sync::Arc;

use engine::operation::{AnyOperation, Registry, job_type};
use serde_json::{Value, json};

use crate::error::{ApiError, Result};

/// What the API says about an operation.
fn describe(operation: &dyn AnyOperation) -> Value {
    json!({
        "type": operation.name(),
        "jobType": job_type(operation.name()),
        "title": operation.title(),
        "items": operation.items(),
        "permission": operation.permission().name(),
        "destructive": operation.destructive(),
        "undoable": operation.undoable(),
        "schema": operation.schema(),
    })
}

/// The operation with this name, or that of this job type.
fn find<'r>(registry: &'r Registry, name: &str) -> Result<&'r Arc<dyn AnyOperation>> {
    registry
        .get(name)
        .or_else(|| registry.of_job_type(name))
        .ok_or_else(|| ApiError::not_found("there is no such operation; GET /api/operations lists them"))
}

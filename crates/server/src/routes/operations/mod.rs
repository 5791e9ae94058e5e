mod list;
mod show;
mod template;

use std::sync::Arc;

use engine::operation::{AnyOperation, Registry};
use utoipa_axum::routes;

use crate::error::{ApiError, Result};
use crate::openapi::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .with(routes!(list::list))
        .with(routes!(show::show))
        .with(routes!(template::template))
}

/// The operation with this name, or that of this job type.
fn find<'r>(registry: &'r Registry, name: &str) -> Result<&'r Arc<dyn AnyOperation>> {
    registry
        .get(name)
        .or_else(|| registry.of_job_type(name))
        .ok_or_else(|| ApiError::not_found("there is no such operation; GET /api/operations lists them"))
}

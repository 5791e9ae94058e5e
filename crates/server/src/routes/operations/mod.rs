mod list;
mod show;
mod template;

pub(super) use list::list;
pub(super) use show::show;
pub(super) use template::template;

use std::sync::Arc;

use engine::operation::{AnyOperation, Registry};

use crate::error::{ApiError, Result};

/// The operation with this name, or that of this job type.
fn find<'r>(registry: &'r Registry, name: &str) -> Result<&'r Arc<dyn AnyOperation>> {
    registry
        .get(name)
        .or_else(|| registry.of_job_type(name))
        .ok_or_else(|| ApiError::not_found("there is no such operation; GET /api/operations lists them"))
}

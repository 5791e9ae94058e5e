use domain::{ItemStatus, JobStatus};

use crate::database::failure::optional_json;
use crate::{ItemChange, Result};

/// How an item will stand, given how its job stands.
pub(super) struct Standing<'a> {
    pub(super) change: &'a ItemChange,
    pub(super) status: ItemStatus,
    pub(super) error: Option<String>,
    pub(super) look_at: Option<String>,
    pub(super) result: Option<String>,
}

impl<'a> Standing<'a> {
    /// `None` when the change must not happen.
    pub(super) fn after(change: &'a ItemChange, job: JobStatus) -> Option<Result<Self>> {
        let status = match (change.status, job) {
            // Its intent was not recorded, so nothing will be sent for it. What an item of several writes has done
            // is recorded all the same, or it would be done again.
            (ItemStatus::Running, other) if other != JobStatus::Running && change.step == 0 => return None,
            // Put back into a job that will never come to it again.
            (ItemStatus::Pending, JobStatus::Cancelled) => ItemStatus::Cancelled,
            (status, _) => status,
        };
        Some(Self::with(change, status))
    }

    fn with(change: &'a ItemChange, status: ItemStatus) -> Result<Self> {
        Ok(Self {
            change,
            status,
            error: optional_json(change.error.as_ref())?,
            look_at: optional_json(change.look_at.as_ref())?,
            result: optional_json(change.result.as_ref())?,
        })
    }
}

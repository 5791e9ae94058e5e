use std::borrow::Cow;

use domain::{ItemStatus, JobStatus};

use crate::database::failure::optional_json;
use crate::{Intent, ItemChange, Result};

/// The intents that a job which stands so takes: when it does not run, only those of items that have begun.
pub(super) fn admitted(intents: &[Intent], job: JobStatus) -> Cow<'_, [Intent]> {
    if job == JobStatus::Running || intents.iter().all(|intent| intent.call > 0) {
        return Cow::Borrowed(intents);
    }
    intents.iter().filter(|intent| intent.call > 0).cloned().collect()
}

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
            // Its intent was not recorded, so nothing will be sent for it. An item that has begun is finished, and
            // what it has done is recorded, or it would be done again.
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

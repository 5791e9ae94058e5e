use domain::{ItemError, Job, JobId, JobStatus, Timestamp};
use engine::events::ItemEnd;
use serde::Serialize;

/// `job:progress`.
#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the contract's names")]
#[serde(rename_all = "camelCase")]
pub(super) struct Progress {
    job_id: JobId,
    version: u64,
    status: JobStatus,
    progress: u32,
    total: u32,
    success_count: u32,
    failure_count: u32,
    skipped_count: u32,
    unconfirmed_count: u32,
    items_per_second: Option<f64>,
    estimated_completion: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_reason: Option<String>,
}

/// `job:created`, `job:started`, `job:paused`, `job:completed`, `job:cancelled`, `job:failed`: where the
/// job stands, and all of it.
#[derive(Serialize)]
pub(super) struct Change<'a> {
    #[serde(flatten)]
    progress: Progress,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a ItemError>,
    job: &'a Job,
}

/// `job:item:success` and `job:item:failed`.
#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the contract's names")]
#[serde(rename_all = "camelCase")]
pub(super) struct Items<'a> {
    pub(super) job_id: JobId,
    /// The job's, with the last of these items.
    pub(super) version: u64,
    pub(super) items: &'a [ItemEnd],
}

impl Progress {
    pub(super) fn of(job: &Job) -> Self {
        Self {
            job_id: job.id,
            version: job.version,
            status: job.status,
            progress: job.progress,
            total: job.total,
            success_count: job.success_count,
            failure_count: job.failure_count,
            skipped_count: job.skipped_count,
            unconfirmed_count: job.unconfirmed_count,
            items_per_second: job.items_per_second,
            estimated_completion: job.estimated_completion,
            waiting_until: job.waiting_until,
            waiting_reason: job.waiting_reason.clone(),
        }
    }
}

impl<'a> Change<'a> {
    pub(super) fn of(job: &'a Job) -> Self {
        Self {
            progress: Progress::of(job),
            error: job.error.as_ref(),
            job,
        }
    }
}

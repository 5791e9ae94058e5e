//! Why a runner lets go of its job, and what is told about it.

use std::sync::Arc;

use domain::{Job, JobEvent, JobStatus, LookAt, Timestamp};
use storage::StorageError;

use super::ledger_writer::Stop;
use super::{Run, RunError};
use crate::events::What;

/// Why the runner lets go of the job.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum End {
    /// Every item has ended.
    Finished,
    /// The process stops; another runner (or the next start) goes on.
    Stopping,
    /// Somebody changed the job's status; it is theirs now.
    Status(JobStatus),
    /// The job is to wait for a person.
    Pause(String),
    /// It waits until then, for this, and needs no runner meanwhile.
    Yield(Timestamp, String),
    /// The job cannot go on.
    Broke(domain::ItemError),
    /// Another runner holds it, or the ledger cannot be written.
    Lost,
}

impl From<Stop> for End {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Status(status) => Self::Status(status),
            Stop::LeaseLost | Stop::Storage => Self::Lost,
        }
    }
}

/// Tells the database and the listeners how the run ended.
pub(super) async fn finish(run: &Run, end: End) -> Result<Job, RunError> {
    let (event, detail, what): (_, _, fn(Arc<Job>) -> What) = match end {
        End::Finished => (JobEvent::Finished, None, What::Completed),
        End::Stopping => (JobEvent::Yielded, None, What::Progress),
        End::Yield(until, reason) => {
            match run.storage.set_waiting(&run.lease, Some((until, &reason))).await {
                Ok(_) | Err(StorageError::LeaseLost(_)) => {}
                Err(error) => return Err(error.into()),
            }
            (JobEvent::Yielded, None, What::Progress)
        }
        End::Pause(reason) => {
            let detail = domain::ItemError {
                code: "PAUSED".into(),
                message: reason,
                gitlab_status: None,
                details: None,
            };
            (JobEvent::Pause, Some(detail), What::Paused)
        }
        End::Broke(error) => (JobEvent::Broke, Some(error), What::Failed),
        End::Status(_) => {
            // Somebody moved it; the next claimant need not wait for our lease to run out.
            run.storage.release(&run.lease).await?;
            return current(run).await;
        }
        End::Lost => return current(run).await,
    };
    let job = match run.storage.move_leased(&run.lease, event, detail).await {
        Ok(job) => job,
        // Paused or cancelled by somebody between our last commit and now.
        Err(StorageError::IllegalTransition(_) | StorageError::LeaseLost(_)) => {
            run.storage.release(&run.lease).await?;
            return current(run).await;
        }
        Err(error) => return Err(error.into()),
    };
    run.events.tell_job(&job, what);
    Ok(job)
}

/// The job as it stands in the database.
async fn current(run: &Run) -> Result<Job, RunError> {
    let record = run.storage.job(run.job.id).await?;
    Ok(record.map_or_else(|| run.job.clone(), |record| record.job))
}

/// What a person is told about an item whose job was cancelled while it was under way.
pub(crate) fn cancelled_under_way() -> LookAt {
    LookAt {
        url: None,
        message: "The job was cancelled while GitLab's answer was outstanding. Look whether it was done."
            .into(),
    }
}

/// GitLab is away for too long: what that keeps from going on.
pub(crate) fn unreachable(what: &str) -> domain::ItemError {
    domain::ItemError {
        code: "GITLAB_UNREACHABLE".into(),
        message: format!("{what}; resume the job when it is back"),
        gitlab_status: None,
        details: None,
    }
}

//! Why something could not be done with a job.

use domain::{IllegalJobTransition, ItemStatus, JobId, JobStatus, Problems};
use gitlab_client::GitlabError;
use storage::StorageError;

use crate::expand::ExpandError;
use crate::plan::PlanError;
use crate::runner::RunError;
use crate::secrets::SealedError;

/// Why something could not be done with a job.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// There is no such job, or it is not the actor's.
    #[error("job {0} does not exist")]
    NotFound(JobId),
    /// Its status does not allow it.
    #[error(transparent)]
    NotPossible(#[from] IllegalJobTransition),
    /// The input is wrong; all problems.
    #[error(transparent)]
    Invalid(#[from] Problems),
    /// It was made with `dryRun`.
    #[error("job {0} is a dry run and cannot be started")]
    DryRun(JobId),
    /// It is destructive, and the text that says so was not given.
    #[error("this job needs a confirmation: give `{expected}`")]
    Unconfirmed {
        /// The text that has to be given.
        expected: String,
    },
    /// There is nothing to run again.
    #[error("job {0} has no failed items to retry")]
    NothingToRetry(JobId),
    /// The job has not ended, so that what became of its items is not yet known.
    #[error("job {0} is still {1}; {2} when it has ended")]
    StillRunning(JobId, JobStatus, &'static str),
    /// There is nothing to reverse.
    #[error("job {0} has done nothing that could be undone")]
    NothingToUndo(JobId),
    /// The job has no such item.
    #[error("job {0} has no item {1}")]
    ItemNotFound(JobId, u32),
    /// Only an item of which nobody can tell what became of it is settled by a person.
    #[error("item {1} of job {0} is {2}; only an unconfirmed item is settled by a person")]
    NotUnconfirmed(JobId, u32, ItemStatus),
    /// The idempotency key was used with another body.
    #[error("this Idempotency-Key was already used with another body")]
    IdempotencyConflict,
    /// Stored secrets cannot be opened.
    #[error(transparent)]
    Sealed(#[from] SealedError),
    /// The job could not be planned.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// What the job was to be made of could not be found out.
    #[error(transparent)]
    Expand(#[from] ExpandError),
    /// GitLab could not be asked.
    #[error(transparent)]
    Gitlab(#[from] GitlabError),
    /// The job could not be run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The database failed.
    #[error(transparent)]
    Storage(StorageError),
}

impl From<StorageError> for JobError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::JobNotFound(id) => Self::NotFound(id),
            StorageError::IllegalTransition(error) => Self::NotPossible(error),
            StorageError::IdempotencyConflict => Self::IdempotencyConflict,
            other => Self::Storage(other),
        }
    }
}

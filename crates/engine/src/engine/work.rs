//! Working on a claimed job: planning it, running it, or letting go of it.

use std::collections::HashMap;
use std::sync::{Arc, MutexGuard, PoisonError};

use domain::{ItemError, Job, JobEvent, JobId, JobStatus, Timestamp};
use gitlab_client::Gitlab;
use storage::{Lease, StorageError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{Engine, JobError};
use crate::events::What;
use crate::long_limits::LongLimits;
use crate::runner::{self, Run};

impl Engine {
    /// Does what a claimed job needs next: plans it, starts it if it is to start by itself, runs it.
    /// Returns it as it stands when there is nothing more to do here.
    ///
    /// # Errors
    /// The plan could not be made, or the database failed.
    pub async fn work(
        &self,
        lease: Lease,
        job: Job,
        gitlab: Gitlab,
        stopping: CancellationToken,
    ) -> Result<Job, JobError> {
        let bell = Arc::new(Notify::new());
        self.running().insert(job.id, Arc::clone(&bell));
        let id = job.id;
        let result = self.work_on(lease, job, gitlab, stopping, bell).await;
        self.running().remove(&id);
        result
    }

    pub(super) async fn work_on(
        &self,
        mut lease: Lease,
        mut job: Job,
        gitlab: Gitlab,
        stopping: CancellationToken,
        bell: Arc<Notify>,
    ) -> Result<Job, JobError> {
        let storage = &self.inner.parts.storage;
        let mut changed = HashMap::new();
        if job.status == JobStatus::Planning {
            job = self.plan(&lease, &job, &gitlab).await?;
            if job.status != JobStatus::Pending {
                return Ok(job);
            }
            if self.is_scheduled(&job).is_some() {
                self.wake();
                return Ok(job);
            }
            (lease, job) = storage.claim_job(&self.claimant(), job.id).await?;
        } else if let Some(moment) = self.is_scheduled(&job) {
            storage
                .set_waiting(&lease, Some((moment, storage::SCHEDULED)))
                .await?;
            let job = storage.move_leased(&lease, JobEvent::Yielded, None).await?;
            self.inner.events.tell_job(&job, What::Progress);
            return Ok(job);
        } else {
            let compared = self.compare_again(&lease, &job, &gitlab);
            match self.while_it_is_ours(&lease, compared).await {
                Some(compared) => changed = compared?,
                None => {
                    storage.release(&lease).await?;
                    return Ok(self.stands(&job).await?);
                }
            }
        }
        let run = Run {
            job,
            lease,
            storage: Arc::clone(storage),
            gitlab,
            registry: self.inner.parts.registry.clone(),
            secrets: self.inner.secrets.clone(),
            clock: Arc::clone(&self.inner.parts.clock),
            events: self.inner.events.clone(),
            settings: self.inner.parts.runner.clone(),
            stopping,
            look_again: bell,
            changed,
        };
        let limits = LongLimits::of(&run);
        limits.recall().await?;
        Ok(limits.kept_while(runner::run(run)).await?)
    }

    pub(super) fn running(&self) -> MutexGuard<'_, HashMap<JobId, Arc<Notify>>> {
        self.inner.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The moment before which the job is not to be run, while that has not come.
    pub(super) fn is_scheduled(&self, job: &Job) -> Option<Timestamp> {
        job.options.not_before.filter(|moment| *moment > self.now())
    }

    /// Lets go of a claimed job for which the owner has to sign in again. One that is still being planned
    /// becomes `failed` with the code `UNAUTHORIZED`, which can be resumed.
    ///
    /// # Errors
    /// The database failed.
    pub async fn park(&self, lease: &Lease, reason: &str) -> Result<Job, JobError> {
        let detail = |code: &str| ItemError {
            code: code.into(),
            message: reason.into(),
            gitlab_status: None,
            details: None,
        };
        let storage = &self.inner.parts.storage;
        let paused = storage
            .move_leased(lease, JobEvent::Pause, Some(detail("PAUSED")))
            .await;
        let (job, what): (_, fn(Arc<Job>) -> What) = match paused {
            Err(StorageError::IllegalTransition(_)) => {
                let failed = storage.move_leased(lease, JobEvent::Broke, Some(detail("UNAUTHORIZED")));
                (failed.await?, What::Failed)
            }
            paused => (paused?, What::Paused),
        };
        self.inner.events.tell_job(&job, what);
        Ok(job)
    }
}

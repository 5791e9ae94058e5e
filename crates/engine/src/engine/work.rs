//! Working on a claimed job: planning it, running it, or letting go of it.

use std::collections::HashMap;
use std::sync::{Arc, MutexGuard, PoisonError};

use domain::{ItemError, Job, JobEvent, JobId, JobStatus, Timestamp};
use gitlab_client::{Gitlab, GitlabError};
use storage::{Lease, Need, StorageError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::planning::why_it_is_broken;
use super::{Engine, JobError};
use crate::events::What;
use crate::long_limits::LongLimits;
use crate::plan::PlanError;
use crate::runner::{self, GONE_FOR_TOO_LONG, Run, WAITS_FOR_LOGIN};

impl Engine {
    /// Does what a claimed job needs next: plans it, starts it if it is to start by itself, runs it.
    /// Returns it as it stands when there is nothing more to do here.
    ///
    /// # Errors
    /// The plan could not be made, or the database failed. What else keeps the job from going on is how it stands then.
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
            let asking = gitlab.patient(GONE_FOR_TOO_LONG);
            let waits = self.waits(&lease, &asking, Need::Run);
            let compared = self.compare_again(&lease, &job, &asking);
            match self.while_it_is_ours(&lease, &waits, compared).await {
                Some(Ok(compared)) => changed = compared,
                Some(Err(error)) => return self.stopped_by(&lease, error).await,
                None => {
                    storage.release(&lease).await?;
                    return Ok(self.stands(&job).await?);
                }
            }
        }
        let held = lease.clone();
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
            siblings: self.inner.siblings.clone(),
            changed,
        };
        let limits = LongLimits::of(&run);
        limits.recall().await?;
        match limits.kept_while(runner::run(run)).await {
            Ok(job) => Ok(job),
            Err(error) => self.stopped_by(&held, error.into()).await,
        }
    }

    /// What becomes of a claimed job with an error that is not the database's: it pauses for a login, or cannot go on.
    /// Trying again at once would meet the same.
    async fn stopped_by(&self, lease: &Lease, error: JobError) -> Result<Job, JobError> {
        if let JobError::Gitlab(GitlabError::Unauthorized(_))
        | JobError::Plan(PlanError::Gitlab(GitlabError::Unauthorized(_))) = error
        {
            return self.park(lease, WAITS_FOR_LOGIN).await;
        }
        let Some(why) = why_it_is_broken(&error, "the job could not go on") else {
            return Err(error);
        };
        tracing::warn!(job = %lease.job, %error, "the job could not go on");
        self.broken(lease, why).await
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

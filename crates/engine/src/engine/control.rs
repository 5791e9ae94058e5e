//! What people do with a job: start, pause, resume, cancel.

use domain::{Job, JobEvent, JobId, JobStatus};
use storage::Announcement;

use super::{Actor, Engine, JobError};
use crate::events::What;
use crate::runner;

impl Engine {
    /// Starts a planned job: it becomes `pending` until a runner takes it. A destructive one needs the text of
    /// its `confirmation`, here or in its options.
    ///
    /// # Errors
    /// `NotPossible` unless it is planned; `DryRun`; `Unconfirmed`.
    pub async fn start(&self, id: JobId, confirm: Option<&str>, actor: &Actor) -> Result<Job, JobError> {
        let job = self.job(id, actor).await?;
        if job.options.dry_run {
            return Err(JobError::DryRun(id));
        }
        if job.status == JobStatus::Planned && !is_confirmed(&job, confirm) {
            return Err(JobError::Unconfirmed {
                expected: job.confirmation.unwrap_or_default(),
            });
        }
        self.move_job(id, JobEvent::Start, None, actor).await
    }

    /// Stops sending after what is under way; nothing is lost.
    ///
    /// # Errors
    /// `NotPossible` unless it is pending or running.
    pub async fn pause(&self, id: JobId, actor: &Actor) -> Result<Job, JobError> {
        let reason = format!("paused by {}", actor.username);
        self.move_job(id, JobEvent::Pause, Some(&reason), actor).await
    }

    /// Goes on with a paused or failed job.
    ///
    /// # Errors
    /// `NotPossible` unless it is paused or failed.
    pub async fn resume(&self, id: JobId, actor: &Actor) -> Result<Job, JobError> {
        let job = self.job(id, actor).await?;
        let event = match job.status {
            JobStatus::Failed if self.is_unplanned(id).await? => JobEvent::PlanAgain,
            _ => JobEvent::Resume,
        };
        self.move_job(id, event, None, actor).await
    }

    /// Whether the job's plan is not complete. One without items was never expanded.
    pub(super) async fn is_unplanned(&self, id: JobId) -> Result<bool, JobError> {
        let counts = self.inner.parts.storage.count_items(id).await?;
        Ok(counts.is_empty() || counts.iter().any(|(action, ..)| action.is_none()))
    }

    /// Ends a job: what was not sent never will be.
    ///
    /// # Errors
    /// `NotPossible` when it has ended.
    pub async fn cancel(&self, id: JobId, actor: &Actor) -> Result<Job, JobError> {
        let job = self.move_job(id, JobEvent::Cancel, None, actor).await?;
        self.leave_cancelled().await?;
        self.job(job.id, actor).await
    }

    /// Takes a job out of the hands of a runner that is known, by other means, to be dead.
    ///
    /// # Errors
    /// `NotFound`; `NotPossible` unless it is planning, pending or running.
    pub async fn free(&self, id: JobId, actor: &Actor) -> Result<(), JobError> {
        let (lease, _) = self.claim_job(id, actor).await?;
        Ok(self.inner.parts.storage.release(&lease).await?)
    }

    /// Leaves to people what was under way in cancelled jobs whose runner died. To be called now and then.
    ///
    /// # Errors
    /// The database failed.
    pub async fn leave_cancelled(&self) -> Result<u64, JobError> {
        let look_at = runner::cancelled_under_way();
        Ok(self.inner.parts.storage.leave_cancelled(&look_at).await?)
    }

    pub(super) async fn move_job(
        &self,
        id: JobId,
        event: JobEvent,
        reason: Option<&str>,
        actor: &Actor,
    ) -> Result<Job, JobError> {
        self.job(id, actor).await?;
        let job = self.inner.parts.storage.move_job(id, event, reason).await?;
        let what = match event {
            JobEvent::Pause => What::Paused,
            JobEvent::Cancel => What::Cancelled,
            _ => What::Progress,
        };
        self.inner.events.tell_job(&job, what);
        self.nudge(id);
        Ok(job)
    }

    /// Lets the runner of this job look at its status, and the dispatcher for work.
    pub(super) fn nudge(&self, id: JobId) {
        if let Some(bell) = self.running().get(&id) {
            bell.notify_one();
        }
        self.inner.wake.notify_waiters();
    }

    /// Tells the dispatcher that there may be work.
    pub fn wake(&self) {
        self.inner.wake.notify_waiters();
    }

    /// Resolves when a job may have become runnable.
    pub async fn woken(&self) {
        self.inner.wake.notified().await;
    }

    /// Passes on what other processes do to jobs (a pause, a start) for as long as it is polled. Ends at once where
    /// the database does not tell; then it is noticed by looking, seconds later.
    pub async fn listen(&self) {
        let Some(mut announced) = self.inner.parts.storage.announced() else {
            return;
        };
        loop {
            match announced.next().await {
                Announcement::Job(job) => self.nudge(job),
                Announcement::Missed => self.wake(),
                Announcement::Doubt => {}
            }
        }
    }
}

/// Whether what is typed to start the job was given. What a retry does and was agreed to before is not in the text.
pub(super) fn is_confirmed(job: &Job, given: Option<&str>) -> bool {
    let Some(expected) = job.confirmation.as_deref() else {
        return true;
    };
    given.or(job.options.confirm.as_deref()) == Some(expected)
}

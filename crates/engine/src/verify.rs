//! Verifying: what a job did, compared with what GitLab has now.

use domain::{Job, JobId, JobStatus};
use gitlab_client::Gitlab;

use crate::events::What;
use crate::plan::verify;
use crate::{Actor, Engine, JobError};

/// Items whose differences are written in one transaction.
const CHUNK: usize = 2_000;

impl Engine {
    /// Whether a job can be verified.
    ///
    /// # Errors
    /// `StillRunning` unless it has ended or is paused.
    pub async fn verifiable(&self, id: JobId, actor: &Actor) -> Result<Job, JobError> {
        let job = self.job(id, actor).await?;
        if job.status.has_ended() || job.status == JobStatus::Paused {
            return Ok(job);
        }
        Err(JobError::StillRunning(id, job.status, "verify it"))
    }

    /// Looks at everything that the succeeded items of a job did, in as few requests as planning takes. Where
    /// GitLab has it otherwise now, the items say so (`differences`); the job says when this was (`verifiedAt`).
    ///
    /// # Errors
    /// `StillRunning`; GitLab could not be asked.
    pub async fn verify(&self, id: JobId, gitlab: &Gitlab, actor: &Actor) -> Result<Job, JobError> {
        let job = self.verifiable(id, actor).await?;
        let items = self.all_items(id).await?;
        let me = self.me(gitlab).await?;
        let who = self.asker(&me);
        let mut found = verify(self.registry(), items, gitlab, &job.options, who).await?;
        // Also when there is nothing to compare: that was found out now.
        loop {
            let rest = found.split_off(found.len().min(CHUNK));
            let last = rest.is_empty();
            self.storage()
                .record_differences(id, std::mem::replace(&mut found, rest))
                .await?;
            if last {
                break;
            }
        }
        let job = self.job(id, actor).await?;
        self.events().tell_job(&job, What::Progress);
        Ok(job)
    }
}

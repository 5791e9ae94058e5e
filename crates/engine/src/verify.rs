//! Verifying: what a job did, compared with what GitLab has now.

use domain::{ItemError, Job, JobId, JobStatus};
use gitlab_client::{Gitlab, GitlabError};

use crate::events::What;
use crate::plan::{PlanError, verify};
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

    /// Forgets what stood in the way the last time, so that whoever waits for the job to be verified hears of
    /// this time.
    ///
    /// # Errors
    /// As [`Engine::verifiable`].
    pub async fn begin_verifying(&self, id: JobId, actor: &Actor) -> Result<Job, JobError> {
        let job = self.verifiable(id, actor).await?;
        if job.verification_error.is_none() {
            return Ok(job);
        }
        self.storage().record_verification_error(id, None).await?;
        self.job(id, actor).await
    }

    /// Says on the job that it was not verified, and why.
    ///
    /// # Errors
    /// The database failed.
    pub async fn not_verified(&self, job: &Job, code: &str, why: &str) -> Result<(), JobError> {
        let error = ItemError {
            code: code.to_owned(),
            message: format!("the job could not be verified: {why}"),
            gitlab_status: None,
            details: None,
        };
        self.storage()
            .record_verification_error(job.id, Some(error))
            .await?;
        if let Some(record) = self.storage().job(job.id).await? {
            self.events().tell_job(&record.job, What::Progress);
        }
        Ok(())
    }

    /// Looks at everything that the succeeded items of a job did, in as few requests as planning takes. Where
    /// GitLab has it otherwise now, the items say so (`differences`); the job says when this was (`verifiedAt`), or why it could
    /// not be done (`verificationError`).
    ///
    /// # Errors
    /// `StillRunning`; GitLab could not be asked.
    pub async fn verify(&self, id: JobId, gitlab: &Gitlab, actor: &Actor) -> Result<Job, JobError> {
        let job = self.verifiable(id, actor).await?;
        if let Err(error) = self.compare_with(gitlab, &job).await {
            self.not_verified(&job, code(&error), &error.to_string()).await?;
            return Err(error);
        }
        let job = self.job(id, actor).await?;
        self.events().tell_job(&job, What::Progress);
        Ok(job)
    }

    async fn compare_with(&self, gitlab: &Gitlab, job: &Job) -> Result<(), JobError> {
        let id = job.id;
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
                return Ok(());
            }
        }
    }
}

/// The API's word for what stood in the way.
fn code(error: &JobError) -> &'static str {
    match error {
        JobError::Gitlab(error) | JobError::Plan(PlanError::Gitlab(error)) => match error {
            GitlabError::Unauthorized(_) => "UNAUTHORIZED",
            GitlabError::Forbidden(_) => "FORBIDDEN",
            GitlabError::Timeout(_) => "GITLAB_TIMEOUT",
            GitlabError::RateLimited(_) => "RATE_LIMIT_EXCEEDED",
            GitlabError::Gitlab(_) if !error.is_outage() => "GITLAB_API_ERROR",
            _ => "GITLAB_UNREACHABLE",
        },
        _ => "INTERNAL_ERROR",
    }
}

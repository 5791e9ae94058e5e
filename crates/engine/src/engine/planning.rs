//! Planning a job, and comparing it once more before it runs.

use std::collections::HashMap;

use domain::{ItemError, Job, JobEvent};
use gitlab_client::{Gitlab, GitlabError};
use storage::{JobRecord, Lease, Need, StorageError};

use super::control::is_confirmed;
use super::{Engine, JobError};
use crate::estate::Estate;
use crate::events::What;
use crate::expand::{ExpandError, Expanded, Expansion, Request, expand};
use crate::failpoint;
use crate::operation::Me;
use crate::plan::{Asker, Drafts, PlanError, plan};
use crate::plan_taker::{Comparison, Recorder};
use crate::runner::{GONE_FOR_TOO_LONG, GraphError, RunError, unreachable};
use crate::secrets::SealedError;

impl Engine {
    /// Compares all items of a claimed job with what GitLab has, and records what each would do.
    /// A job that is `planning` becomes `planned`, and `pending` if it is to start by itself.
    ///
    /// # Errors
    /// GitLab could not be asked (the job becomes `failed` and can be resumed), or the database failed. A limit is no
    /// error, nor is an outage of some minutes: they are waited for, and `waitingUntil` says how long.
    pub async fn plan(&self, lease: &Lease, job: &Job, gitlab: &Gitlab) -> Result<Job, JobError> {
        let gitlab = gitlab.patient(GONE_FOR_TOO_LONG);
        let planned = self.try_plan(lease, job, &gitlab);
        let waits = self.waits(lease, &gitlab, Need::Plan);
        let Some(planned) = self.while_it_is_ours(lease, &waits, planned).await else {
            return Ok(self.stands(job).await?);
        };
        match planned {
            Ok(job) => Ok(job),
            Err(error) => {
                let Some(detail) = why_it_is_broken(&error, "the job could not be planned") else {
                    return Err(error);
                };
                self.broken(lease, detail).await?;
                Err(error)
            }
        }
    }

    /// The job cannot go on; it can be resumed.
    pub(super) async fn broken(&self, lease: &Lease, why: ItemError) -> Result<Job, JobError> {
        let storage = &self.inner.parts.storage;
        let job = storage.move_leased(lease, JobEvent::Broke, Some(why)).await?;
        self.inner.events.tell_job(&job, What::Failed);
        Ok(job)
    }

    pub(super) async fn try_plan(&self, lease: &Lease, job: &Job, gitlab: &Gitlab) -> Result<Job, JobError> {
        let storage = &self.inner.parts.storage;
        let me = self.me(gitlab).await.map_err(PlanError::from)?;
        let record = storage.job(job.id).await?;
        let mut expanded = Expanded::default();
        if let Some(request) = record.as_ref().and_then(|record| record.request.as_deref()) {
            let request: Request = self
                .inner
                .secrets
                .open_request(job.id, request)
                .map_err(ExpandError::unreadable)?;
            let context = Expansion {
                registry: self.registry(),
                gitlab,
                options: &job.options,
                today: self.now(),
                me: &me,
            };
            expanded = expand(&request, &context).await?;
            let items = std::mem::take(&mut expanded.items);
            let (owner, quota) = (job.owner(), self.inner.quota.get().copied());
            storage
                .replace_items(lease, self.new_items(items)?, quota.map(|quota| (&owner, quota)))
                .await
                .map_err(too_much)?;
        }
        let mut drafts = Drafts::with_capacity(self.registry(), self.total(job.id).await?);
        self.each_page(job.id, |items| Ok(drafts.add(items)?)).await?;
        let mut recorder = Recorder::new(storage, lease, expanded.left_out.into_iter().collect());
        let confirmation = plan(
            self.registry(),
            gitlab,
            drafts,
            &job.options,
            self.asker(&me),
            expanded.estate,
            &mut recorder,
        )
        .await?;
        self.inner
            .parts
            .runner
            .failpoints
            .pass(failpoint::BEFORE_PLANNED)
            .await;
        // One step, so that a process that dies here leaves no job that should have started and never does.
        storage.record_planned(lease, confirmation.as_deref()).await?;
        let starts = storage
            .job(job.id)
            .await?
            .is_some_and(|record| record.autostart && is_confirmed(&record.job, None));
        let event = if starts {
            JobEvent::PlannedAndStarted
        } else {
            JobEvent::Planned
        };
        let planned = storage.move_leased(lease, event, None).await?;
        self.inner.events.tell_job(&planned, What::Planned);
        Ok(planned)
    }

    /// Before items are run whose plan is not fresh, or that a person lets go on (the job may have been put back from
    /// a backup, which knows nothing of what it did since): looks once more what GitLab has. Those whose target has
    /// changed since the plan was made fail with the difference; nothing is sent for them. Returns how those have
    /// changed of which nobody knows yet whether their first write was done.
    pub(super) async fn compare_again(
        &self,
        lease: &Lease,
        job: &Job,
        gitlab: &Gitlab,
    ) -> Result<HashMap<u32, ItemError>, JobError> {
        let parts = &self.inner.parts;
        let record = parts.storage.job(job.id).await?;
        if record.is_some_and(|record| self.has_fresh_plan(&record)) {
            return Ok(HashMap::new());
        }
        let mut drafts = Drafts::with_capacity(self.registry(), self.total(job.id).await?);
        let mut may_begin = false;
        self.each_page(job.id, |items| {
            may_begin |= items
                .iter()
                .any(|item| !item.status.has_ended() && item.step == 0);
            Ok(drafts.add(items)?)
        })
        .await?;
        if !may_begin {
            return Ok(HashMap::new());
        }
        let me = self.me(gitlab).await?;
        let mut comparison = Comparison {
            recorder: Recorder::new(&parts.storage, lease, HashMap::new()),
            under_way: HashMap::new(),
        };
        plan(
            self.registry(),
            gitlab,
            drafts,
            &job.options,
            self.asker(&me),
            Estate::default(),
            &mut comparison,
        )
        .await?;
        Ok(comparison.under_way)
    }

    /// Whether the plan was made a moment ago, and nobody has said go on since.
    pub(super) fn has_fresh_plan(&self, record: &JobRecord) -> bool {
        let lasts = self.inner.parts.runner.plan_is_fresh;
        record.planned_at.is_some_and(|planned| {
            let is_later = record.resumed_at.is_none_or(|resumed| resumed <= planned);
            is_later && self.now().since(planned) < lasts
        })
    }

    pub(crate) fn asker<'a>(&'a self, me: &'a Me) -> Asker<'a> {
        Asker {
            me,
            protected: &self.inner.parts.protected,
        }
    }

    /// Whose token it is, what it may do, and what kind of instance this is.
    pub(crate) async fn me(&self, gitlab: &Gitlab) -> Result<Me, GitlabError> {
        self.inner.asked.me(gitlab, &**self.clock()).await
    }
}

/// Why the items that a request came to are not kept.
fn too_much(error: StorageError) -> JobError {
    match error {
        StorageError::QuotaExceeded { .. } => {
            ExpandError::refused("QUOTA_EXCEEDED", error.to_string()).into()
        }
        error => error.into(),
    }
}

/// Why a job cannot go on with an error that the next try would meet as well. `None` where the database has failed: then
/// nothing can be written either, and whoever takes the job tries again.
pub(super) fn why_it_is_broken(error: &JobError, what: &str) -> Option<ItemError> {
    let because = |code: &str, why: &dyn std::fmt::Display| ItemError {
        code: code.to_owned(),
        message: format!("{what}: {why}; resume it to try again"),
        gitlab_status: None,
        details: None,
    };
    let gitlab = |error: &GitlabError| match error {
        GitlabError::Unauthorized(_) => because("UNAUTHORIZED", error),
        outage if outage.is_outage() => unreachable(&format!(
            "{what}: GitLab has not answered for {} minutes ({outage})",
            GONE_FOR_TOO_LONG.as_secs() / 60
        )),
        _ => because("GITLAB_UNREACHABLE", error),
    };
    Some(match error {
        JobError::Plan(PlanError::Storage(_))
        | JobError::Run(RunError::Storage(_) | RunError::Graph(GraphError::Storage(_))) => {
            return None;
        }
        JobError::Expand(ExpandError::Refused(why)) => why.clone(),
        JobError::Expand(ExpandError::Gitlab(error))
        | JobError::Plan(PlanError::Gitlab(error))
        | JobError::Gitlab(error) => gitlab(error),
        JobError::Sealed(error @ SealedError::CannotOpen(_))
        | JobError::Run(RunError::Graph(GraphError::Sealed(error @ SealedError::CannotOpen(_)))) => {
            ItemError {
                code: "SECRETS_LOST".to_owned(),
                message: format!("{error}: SESSION_SECRET has changed"),
                gitlab_status: None,
                details: None,
            }
        }
        JobError::Plan(_) | JobError::Sealed(_) | JobError::Run(_) => because("INTERNAL_ERROR", error),
        _ => return None,
    })
}

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use domain::{
    Clock, IllegalJobTransition, ItemError, ItemStatus, Job, JobEvent, JobId, JobOptions, JobStatus, Origin,
    Problem, Problems, Timestamp, UserKey,
};
use gitlab_client::{Gitlab, GitlabError, JobLimits};
use serde_json::value::to_raw_value;
use storage::{
    Announcement, Claimant, Created, Idempotency, ItemFilter, ItemPage, JobFilter, JobPage, JobRecord, Lease,
    Need, NewItem, NewJob, Quota, Storage, StorageError, StoredItem,
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use crate::estate::Estate;
use crate::events::{Events, What};
use crate::expand::{ExpandError, Expanded, Expansion, JobSource, Request, expand};
use crate::failpoint;
use crate::long_limits::LongLimits;
use crate::operation::{Me, Registry, ValidItem};
use crate::plan::{Asker, Drafts, PlanError, plan};
use crate::plan_taker::{Comparison, Recorder};
use crate::protected::ProtectedPaths;
use crate::runner::{self, Run, RunError, RunnerSettings};
use crate::secrets::{SealedError, Secrets};
use crate::stored_items::StoredItems;
use crate::vault::Vault;

/// Who asks: a signed-in user, as GitLab knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Instance and user id.
    pub user: UserKey,
    /// The user's name there.
    pub username: String,
    /// Whether the user administers the instance; such users see everybody's jobs there.
    pub administrator: bool,
}

/// What the engine works with.
#[derive(Debug)]
pub struct Parts {
    /// What is remembered.
    pub storage: Arc<dyn Storage>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// The operations there are.
    pub registry: Registry,
    /// Seals what may not lie in clear in the database.
    pub vault: Vault,
    /// How runners work.
    pub runner: RunnerSettings,
    /// What no job may delete, transfer or archive.
    pub protected: ProtectedPaths,
    /// How long a lease lasts without renewal; another runner takes over after it.
    pub lease: Duration,
    /// Names this process in the database: `cli:host:4711`.
    pub name: String,
}

/// A job to be made.
#[derive(Debug)]
pub struct JobRequest {
    /// `bulk_create_groups` …, or `mixed`.
    pub kind: String,
    /// What it is made of.
    pub source: JobSource,
    /// How it is to be run.
    pub options: JobOptions,
    /// Who may run it.
    pub origin: Origin,
    /// Start it by itself once it is planned.
    pub start: bool,
    /// Makes creating it repeatable.
    pub idempotency: Option<Idempotency>,
    /// The job whose failed items it runs again.
    pub retry_of: Option<JobId>,
    /// The job that it reverses.
    pub undo_of: Option<JobId>,
}

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

/// The engine: makes, plans, runs and controls jobs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Engine {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    secrets: Secrets,
    parts: Parts,
    events: Events,
    /// Rung when a job may have become runnable.
    wake: Notify,
    /// What is known of the tokens that plan.
    asked: crate::preflight::Asked,
    /// What one user may have at a time.
    quota: OnceLock<Quota>,
    /// The jobs running in this process, each with the bell of its runner.
    running: Mutex<HashMap<JobId, Arc<Notify>>>,
}

impl Engine {
    /// An engine over these parts. Starts nothing by itself.
    pub fn new(parts: Parts) -> Self {
        let inner = Inner {
            secrets: Secrets::new(parts.vault.clone(), parts.registry.clone()),
            parts,
            events: Events::default(),
            wake: Notify::new(),
            asked: crate::preflight::Asked::default(),
            quota: OnceLock::new(),
            running: Mutex::default(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// From now on nobody makes jobs beyond this, in this process. Said once.
    pub fn limit_users(&self, quota: Quota) {
        let _ = self.inner.quota.set(quota);
    }

    /// The operations there are.
    pub fn registry(&self) -> &Registry {
        &self.inner.parts.registry
    }

    /// What happens to jobs in this process.
    pub fn events(&self) -> &Events {
        &self.inner.events
    }

    /// What is remembered.
    pub fn storage(&self) -> &Arc<dyn Storage> {
        &self.inner.parts.storage
    }

    /// Time.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.parts.clock
    }

    /// Today, for rules about dates.
    pub fn now(&self) -> Timestamp {
        self.inner.parts.clock.now()
    }

    /// Resolves when a job may have become runnable.
    pub async fn woken(&self) {
        self.inner.wake.notified().await;
    }

    /// Remembers a job as `planning`, with all its items. Nothing is asked of GitLab yet.
    ///
    /// # Errors
    /// `Invalid` without items or with options that cannot be; `IdempotencyConflict`.
    pub async fn create_job(&self, request: JobRequest, actor: &Actor) -> Result<Job, JobError> {
        check_request(&request).into_result()?;
        let parts = &self.inner.parts;
        let id = JobId(self.new_id());
        let mut inputs = None;
        let (items, expanded_later) = match request.source {
            JobSource::Items(items) => (self.new_items(items)?, None),
            JobSource::Rows(items, tables) => {
                inputs = Some(to_raw_value(&tables).map_err(SealedError::from)?);
                (self.new_items(items)?, None)
            }
            JobSource::Request(request) => {
                let sealed = self.inner.secrets.seal_request(id, &request);
                (Vec::new(), Some(sealed.map_err(SealedError::from)?))
            }
        };
        let dry_run = request.options.dry_run;
        let new = NewJob {
            id,
            kind: request.kind,
            origin: request.origin,
            owner: actor.user.clone(),
            username: actor.username.clone(),
            options: request.options,
            retry_of: request.retry_of,
            undo_of: request.undo_of,
            autostart: request.start && !dry_run,
            request: expanded_later,
            inputs,
            idempotency: request.idempotency,
            quota: self.inner.quota.get().copied(),
        };
        match parts.storage.create_job(new, items).await? {
            Created::New(job) => {
                self.inner.events.tell_job(&job, What::Created);
                Ok(job)
            }
            Created::Existing(job) => Ok(job),
        }
    }

    /// Items as they are stored: in order, with what is secret sealed.
    fn new_items(&self, items: Vec<ValidItem>) -> Result<Vec<NewItem>, JobError> {
        let sealed = new_items(items).map(|item| self.inner.secrets.seal(item));
        let sealed: serde_json::Result<Vec<NewItem>> = sealed.collect();
        Ok(sealed.map_err(SealedError::from)?)
    }

    /// A UUID of version 7 from the clock we were given.
    fn new_id(&self) -> Uuid {
        let millis = u64::try_from(self.now().as_millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &rand::random()).into_uuid()
    }

    /// A job that the actor may see.
    ///
    /// # Errors
    /// `NotFound`, also when it is somebody else's.
    pub async fn job(&self, id: JobId, actor: &Actor) -> Result<Job, JobError> {
        let record = self.inner.parts.storage.job(id).await?;
        record
            .map(|record| record.job)
            .filter(|job| may_see(job, actor))
            .ok_or(JobError::NotFound(id))
    }

    /// A page of the actor's jobs (everybody's on the instance, for its administrators), newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn jobs(&self, mut filter: JobFilter, actor: &Actor) -> Result<JobPage, JobError> {
        filter.instance = Some(actor.user.instance.clone());
        if !actor.administrator {
            filter.owner = Some(actor.user.clone());
        }
        Ok(self.inner.parts.storage.jobs(&filter).await?)
    }

    /// A page of a job's items.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn items(&self, id: JobId, filter: &ItemFilter, actor: &Actor) -> Result<ItemPage, JobError> {
        self.job(id, actor).await?;
        Ok(self.inner.parts.storage.items(id, filter).await?)
    }

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
    async fn is_unplanned(&self, id: JobId) -> Result<bool, JobError> {
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

    async fn move_job(
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
    fn nudge(&self, id: JobId) {
        if let Some(bell) = self.running().get(&id) {
            bell.notify_one();
        }
        self.inner.wake.notify_waiters();
    }

    /// Tells the dispatcher that there may be work.
    pub fn wake(&self) {
        self.inner.wake.notify_waiters();
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

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<JobId, Arc<Notify>>> {
        self.inner.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the oldest job of this origin that has this need. `None` when there is none.
    ///
    /// # Errors
    /// The database failed.
    pub async fn claim_any(&self, origin: Origin, need: Need) -> Result<Option<(Lease, Job)>, JobError> {
        Ok(self
            .inner
            .parts
            .storage
            .claim_any(&self.claimant(), origin, need)
            .await?)
    }

    /// Takes this very job, even from a runner that is known to be dead.
    ///
    /// # Errors
    /// `NotFound`; `NotPossible` when its status does not allow it.
    pub async fn claim_job(&self, id: JobId, actor: &Actor) -> Result<(Lease, Job), JobError> {
        self.job(id, actor).await?;
        Ok(self.inner.parts.storage.claim_job(&self.claimant(), id).await?)
    }

    fn claimant(&self) -> Claimant {
        Claimant {
            name: self.inner.parts.name.clone(),
            lease: self.inner.parts.lease,
        }
    }

    /// Compares all items of a claimed job with what GitLab has, and records what each would do.
    /// A job that is `planning` becomes `planned`, and `pending` if it is to start by itself.
    ///
    /// # Errors
    /// GitLab could not be asked (the job becomes `failed` and can be resumed), or the database failed.
    pub async fn plan(&self, lease: &Lease, job: &Job, gitlab: &Gitlab) -> Result<Job, JobError> {
        let planned = self.try_plan(lease, job, gitlab);
        let Some(planned) = self.while_it_is_ours(lease, planned).await else {
            return Ok(self.stands(job).await?);
        };
        match planned {
            Ok(job) => Ok(job),
            Err(JobError::Plan(PlanError::Storage(error))) => Err(error.into()),
            Err(error @ (JobError::Plan(_) | JobError::Expand(_) | JobError::Sealed(_))) => {
                let detail = match &error {
                    JobError::Expand(ExpandError::Refused(why)) => why.clone(),
                    JobError::Expand(ExpandError::Gitlab(error)) => unreachable_while_planning(error),
                    JobError::Plan(PlanError::Gitlab(error)) => unreachable_while_planning(error),
                    JobError::Sealed(error @ SealedError::CannotOpen(_)) => cannot_open(error),
                    other => not_this_versions(other),
                };
                let job = self
                    .inner
                    .parts
                    .storage
                    .move_leased(lease, JobEvent::Broke, Some(detail))
                    .await?;
                self.inner.events.tell_job(&job, What::Failed);
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    async fn try_plan(&self, lease: &Lease, job: &Job, gitlab: &Gitlab) -> Result<Job, JobError> {
        let storage = &self.inner.parts.storage;
        // Somebody waits for a plan, but it takes turns with what else its user looks at.
        let gitlab = &gitlab.for_job(JobLimits::default());
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
        self.each_item(job.id, |item| Ok(drafts.add(item)?)).await?;
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

    /// A stored item, with its secrets.
    pub(crate) fn opened(&self, item: StoredItem) -> Result<StoredItem, JobError> {
        Ok(self.inner.secrets.open(item)?)
    }

    /// All items of a job, with their parameters.
    pub(crate) async fn all_items(&self, job: JobId) -> Result<Vec<StoredItem>, JobError> {
        // A list that grows by itself is copied at its largest.
        let mut items = Vec::with_capacity(self.total(job).await?);
        self.each_item(job, |item| {
            items.push(item);
            Ok(())
        })
        .await?;
        Ok(items)
    }

    /// How many items a job has.
    async fn total(&self, job: JobId) -> Result<usize, JobError> {
        let record = self.inner.parts.storage.job(job).await?;
        Ok(record.map_or(0, |record| record.job.total as usize))
    }

    /// Reads the items of a job in their order, with their secrets.
    async fn each_item(
        &self,
        job: JobId,
        mut take: impl FnMut(StoredItem) -> Result<(), JobError> + Send,
    ) -> Result<(), JobError> {
        let mut items = StoredItems::of(&self.inner.parts.storage, job);
        loop {
            let page = items.next().await?;
            if page.is_empty() {
                return Ok(());
            }
            for item in page {
                take(self.inner.secrets.open(item)?)?;
            }
        }
    }

    /// Before items are run whose plan is not fresh, or that a person lets go on (the job may have been put back from
    /// a backup, which knows nothing of what it did since): looks once more what GitLab has. Those whose target has
    /// changed since the plan was made fail with the difference; nothing is sent for them. Returns how those have
    /// changed of which nobody knows yet whether their first write was done.
    async fn compare_again(
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
        self.each_item(job.id, |item| {
            may_begin |= !item.status.has_ended() && item.step == 0;
            Ok(drafts.add(item)?)
        })
        .await?;
        if !may_begin {
            return Ok(HashMap::new());
        }
        let gitlab = &gitlab.for_job(JobLimits::default());
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
    fn has_fresh_plan(&self, record: &JobRecord) -> bool {
        let lasts = self.inner.parts.runner.plan_is_fresh;
        record.planned_at.is_some_and(|planned| {
            let is_later = record.resumed_at.is_none_or(|resumed| resumed <= planned);
            is_later && self.now().since(planned) < lasts
        })
    }

    /// Renews the lease while something is looked up for the job, which may take minutes under a small budget.
    /// `None` if somebody has stopped the job meanwhile, or has taken it over: the work is given up.
    async fn while_it_is_ours<T>(&self, lease: &Lease, work: impl Future<Output = T>) -> Option<T> {
        let (storage, clock) = (Arc::clone(&self.inner.parts.storage), Arc::clone(self.clock()));
        let lease = lease.clone();
        // As a task of its own: a plan that is long in the making does not keep it from being renewed.
        let moved = AbortOnDropHandle::new(tokio::spawn(async move {
            loop {
                clock.sleep(lease.lasts / 3).await;
                match storage.renew(&lease).await {
                    Ok(JobStatus::Cancelled | JobStatus::Paused) | Err(StorageError::LeaseLost(_)) => return,
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(job = %lease.job, %error, "the lease could not be renewed while planning");
                    }
                }
            }
        }));
        tokio::select! {
            biased;
            done = work => Some(done),
            _ = moved => None,
        }
    }

    /// The job as it is remembered now.
    async fn stands(&self, job: &Job) -> Result<Job, StorageError> {
        let record = self.inner.parts.storage.job(job.id).await?;
        record
            .map(|record| record.job)
            .ok_or(StorageError::JobNotFound(job.id))
    }

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

    async fn work_on(
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

    /// The moment before which the job is not to be run, while that has not come.
    fn is_scheduled(&self, job: &Job) -> Option<Timestamp> {
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

/// Whether what is typed to start the job was given. What a retry does was confirmed before.
fn is_confirmed(job: &Job, given: Option<&str>) -> bool {
    let Some(expected) = job.confirmation.as_deref() else {
        return true;
    };
    job.retry_of.is_some() || given.or(job.options.confirm.as_deref()) == Some(expected)
}

fn new_items(items: Vec<ValidItem>) -> impl Iterator<Item = NewItem> {
    (0_u32..).zip(items).map(|(index, item)| NewItem {
        index,
        operation: item.operation,
        target: item.label.unwrap_or_else(|| item.target.to_string()),
        source: item.source,
        params: item.params,
        expects: item.expects,
        input: item.input,
    })
}

fn may_see(job: &Job, actor: &Actor) -> bool {
    job.gitlab_url == actor.user.instance && (actor.administrator || job.user_id == actor.user.user_id)
}

fn check_request(request: &JobRequest) -> Problems {
    let mut problems = Vec::new();
    let mut wrong = |field: &str, allowed: &str, message: &str| {
        let mut problem = Problem::new(message).allowed(allowed);
        problem.field = Some(field.to_owned());
        problems.push(problem);
    };
    if matches!(&request.source, JobSource::Items(items) | JobSource::Rows(items, _) if items.is_empty()) {
        wrong("items", "at least one item", "there is nothing to do");
    }
    let options = &request.options;
    problems.extend(crate::limits::problems(options));
    Problems(problems)
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

fn unreachable_while_planning(error: &GitlabError) -> ItemError {
    let code = match error {
        GitlabError::Unauthorized(_) => "UNAUTHORIZED",
        _ => "GITLAB_UNREACHABLE",
    };
    not_planned(code, error)
}

fn cannot_open(error: &SealedError) -> ItemError {
    ItemError {
        code: "SECRETS_LOST".to_owned(),
        message: format!("{error}: SESSION_SECRET has changed"),
        gitlab_status: None,
        details: None,
    }
}

fn not_this_versions(error: &JobError) -> ItemError {
    not_planned("INTERNAL_ERROR", error)
}

fn not_planned(code: &str, why: &dyn std::fmt::Display) -> ItemError {
    ItemError {
        code: code.to_owned(),
        message: format!("the job could not be planned: {why}; resume it to try again"),
        gitlab_status: None,
        details: None,
    }
}

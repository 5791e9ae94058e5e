use std::time::Duration;

use async_trait::async_trait;
use domain::{Job, JobEvent, JobId, JobOptions, JobStatus, Origin, Timestamp, UserKey};
use serde_json::value::RawValue;

use crate::{NewItem, Result};

/// A job to be remembered; it begins as `planning`.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Its name for life.
    pub id: JobId,
    /// `bulk_create_groups` …, `manifest` or `mixed`.
    pub kind: String,
    /// Who may run it.
    pub origin: Origin,
    /// Whose it is.
    pub owner: UserKey,
    /// The owner's name on the instance.
    pub username: String,
    /// How it is to be run.
    pub options: JobOptions,
    /// The job whose failed items it runs again.
    pub retry_of: Option<JobId>,
    /// The job that it reverses.
    pub undo_of: Option<JobId>,
    /// Start it by itself once it is planned.
    pub autostart: bool,
    /// What its items are made from while it is planned, as JSON; then it begins without items.
    pub request: Option<Box<RawValue>>,
    /// The tables that its items were read from, as JSON.
    pub inputs: Option<Box<RawValue>>,
    /// Makes creating it repeatable.
    pub idempotency: Option<Idempotency>,
    /// What its owner may have at a time, this job among it.
    pub quota: Option<Quota>,
}

/// What one user may have that has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Jobs.
    pub jobs: u64,
    /// Items of these jobs that have not ended.
    pub items: u64,
}

/// The caller's key for "this very job", and what it was asked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// As sent in `Idempotency-Key`; compared per owner.
    pub key: String,
    /// SHA-256 of the request body.
    pub body: [u8; 32],
}

/// What creating a job came to.
#[derive(Clone, Debug)]
pub enum Created {
    /// It is new.
    New(Job),
    /// The same key and body made this job before; nothing was written.
    Existing(Job),
}

/// A job with what only the engine needs to know.
#[derive(Clone, Debug)]
pub struct JobRecord {
    /// The job as people see it.
    pub job: Job,
    /// Who may run it.
    pub origin: Origin,
    /// Start it by itself once it is planned.
    pub autostart: bool,
    /// What its items are made from while it is planned, as JSON.
    pub request: Option<Box<RawValue>>,
    /// The tables that its items were read from, as JSON.
    pub inputs: Option<Box<RawValue>>,
    /// When its plan was last complete.
    pub planned_at: Option<Timestamp>,
    /// When a person last said go on.
    pub resumed_at: Option<Timestamp>,
}

/// Which jobs to list. Absent parts do not filter.
#[derive(Clone, Debug, Default)]
pub struct JobFilter {
    /// Only jobs of this user; `None` means everybody's on `instance` (for its administrators).
    pub owner: Option<UserKey>,
    /// Only jobs on this instance.
    pub instance: Option<domain::InstanceUrl>,
    /// Only jobs in one of these; empty means all.
    pub status: Vec<JobStatus>,
    /// Only jobs of this type.
    pub kind: Option<String>,
    /// Only jobs whose id or type contains this text.
    pub text: Option<String>,
    /// Only jobs older than this one (the cursor).
    pub before: Option<JobId>,
    /// At most so many, 1 to 1,000.
    pub limit: u32,
}

/// A page of jobs, newest first.
#[derive(Clone, Debug)]
pub struct JobPage {
    /// The jobs.
    pub jobs: Vec<Job>,
    /// Pass as `before` to go on; `None` at the end.
    pub next: Option<JobId>,
}

/// Who asks for a job to run.
#[derive(Clone, Debug)]
pub struct Claimant {
    /// Names the process and node, for people reading the database: `cli:host:4711`.
    pub name: String,
    /// How long the lease lasts without renewal.
    pub lease: Duration,
}

/// What a job needs a claimant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// To be planned: somebody waits for it.
    Plan,
    /// To be run.
    Run,
}

impl Need {
    /// As statements say it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Run => "run",
        }
    }
}

/// The right to run a job. Every write of a runner says the epoch; a later claim raises it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job: JobId,
    /// Rises by one with each claim.
    pub epoch: i64,
    /// How long it lasts from the moment the claim (or renewal) was asked for.
    pub lasts: Duration,
}

/// Why a job waits that was started before its `notBefore`.
pub const SCHEDULED: &str = "it is not to be run before then (notBefore)";

/// Jobs, their life and the right to run them.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// Remembers a job (as `planning`) and all its items at once.
    ///
    /// With an idempotency key that this owner has used before, returns the earlier job.
    ///
    /// # Errors
    /// `IdempotencyConflict` when the key was used with another body.
    async fn create_job(&self, job: NewJob, items: Vec<NewItem>) -> Result<Created>;

    /// One job, whoever owns it; the caller checks the owner.
    async fn job(&self, id: JobId) -> Result<Option<JobRecord>>;

    /// A page of jobs, newest first; stable while jobs are added.
    async fn jobs(&self, filter: &JobFilter) -> Result<JobPage>;

    /// How many jobs there are in each status that is not the end; one without jobs may be missing.
    async fn jobs_by_status(&self) -> Result<Vec<(JobStatus, u64)>>;

    /// Moves a job on, as [`JobStatus::after`] allows; raises its version and returns it.
    ///
    /// Guarded by the status it has at that moment, so that two callers cannot both succeed.
    /// `Cancel` also cancels every pending item. `Finished`, `Broke` and `Cancel` set `finishedAt`;
    /// `Resume` clears it with the error and the waiting reason. A job that is started before its `notBefore` waits
    /// for it, and says so. `reason` becomes the waiting reason
    /// (`Pause`, `Yielded`) and is ignored otherwise.
    ///
    /// # Errors
    /// `JobNotFound`, `IllegalTransition`.
    async fn move_job(&self, id: JobId, event: JobEvent, reason: Option<&str>) -> Result<Job>;

    /// As [`Jobs::move_job`], by the runner that holds the lease. The lease ends with
    /// `Planned`, `Yielded`, `Pause`, `Finished`, `Broke` and `Cancel`.
    ///
    /// `detail` becomes the job's error (`Broke`), or its message the waiting reason (`Pause`,
    /// `Yielded`; a job that yields without one keeps what [`Jobs::set_waiting`] said).
    ///
    /// # Errors
    /// `LeaseLost` besides those of `move_job`.
    async fn move_leased(
        &self,
        lease: &Lease,
        event: JobEvent,
        detail: Option<domain::ItemError>,
    ) -> Result<Job>;

    /// Takes the oldest job of this origin that has this need. `None` when there is none.
    ///
    /// For [`Need::Plan`] it is a `planning` job that nobody holds (new, or its lease ran out); it stays so. For
    /// [`Need::Run`] it is a `pending` one whose `notBefore` has come, or a `running` one that nobody holds; it
    /// becomes `running`.
    ///
    /// A job is held by one claimant at a time; the epoch rises with each claim. So a job that was
    /// paused and resumed while its runner still finishes is left to it until it lets go
    /// ([`Jobs::release`]) or its lease runs out. A job that yielded is left alone until the moment
    /// it waits for.
    async fn claim_any(
        &self,
        claimant: &Claimant,
        origin: Origin,
        need: Need,
    ) -> Result<Option<(Lease, Job)>>;

    /// Takes this very job, whether its lease has run out or not.
    ///
    /// For the command line, which knows by other means that the former runner is dead.
    ///
    /// # Errors
    /// `JobNotFound`; `IllegalTransition` unless it is planning, pending or running.
    async fn claim_job(&self, claimant: &Claimant, id: JobId) -> Result<(Lease, Job)>;

    /// Makes the lease last from now again; returns the job's status, which tells the runner
    /// that it was paused or cancelled.
    ///
    /// # Errors
    /// `LeaseLost`.
    async fn renew(&self, lease: &Lease) -> Result<JobStatus>;

    /// Lets go of a job that somebody else has moved (paused, cancelled) or that is to be taken up
    /// by the next claimant as it is; its status stays. Nothing happens when the lease was lost.
    async fn release(&self, lease: &Lease) -> Result<()>;

    /// Sets why and until when the job waits (`None`: it does not). One that was paused meanwhile keeps why.
    ///
    /// # Errors
    /// `LeaseLost`, also after it was released or moved on.
    async fn set_waiting(&self, lease: &Lease, waiting: Option<(Timestamp, &str)>) -> Result<Job>;

    /// The plan is complete as of now; `confirmation` has to be typed to start the job (`None`: nothing).
    ///
    /// # Errors
    /// `LeaseLost`.
    async fn record_planned(&self, lease: &Lease, confirmation: Option<&str>) -> Result<()>;

    /// Removes jobs that ended before this moment, with all that belongs to them.
    async fn purge_jobs(&self, ended_before: Timestamp) -> Result<u64>;
}

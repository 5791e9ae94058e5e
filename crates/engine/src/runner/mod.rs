//! Running a job: intent, budget, GitLab, evidence, next.
//!
//! One runner holds one job (by its lease) and runs its items concurrently. The runner knows no
//! operation by name. What it has to get right, in this order: nothing is sent whose intent is not on
//! disk; a lost answer is settled by looking, never by guessing; what cannot be stored stops sending.

mod ahead;
mod answer;
mod answered;
mod attempt;
mod doubt;
mod drive;
mod end;
mod follow;
mod graph;
mod landed;
mod lease;
pub(crate) mod ledger_writer;
mod limits;
mod look;
mod outcome;
mod rate;
mod resting_looks;
mod rests;
pub(crate) mod schedule;
mod settle;
mod siblings;
mod teller;
mod touches;
mod waiting;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use domain::{Clock, Job, JobStatus, Timestamp};
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use gitlab_client::{Gitlab, JobLimits};
use storage::{Lease, Storage, StorageError};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use self::ahead::Ahead;
pub(crate) use self::answered::GONE_FOR_TOO_LONG;
use self::attempt::Admission;
use self::end::{End, finish};
pub(crate) use self::end::{cancelled_under_way, unreachable};
use self::graph::Graph;
pub(crate) use self::graph::GraphError;
use self::landed::Landed;
use self::lease::deadline;
use self::ledger_writer::LedgerWriter;
use self::limits::{Barrier, Limits};
use self::rate::RateMeter;
use self::resting_looks::RestingLooks;
use self::rests::Rests;
use self::schedule::Schedule;
pub(crate) use self::siblings::Siblings;
use self::teller::Teller;
use self::touches::Touches;
pub(crate) use self::waiting::is_news;
use crate::events::{Events, What};
use crate::failpoint::Failpoints;
use crate::operation::Registry;
use crate::secrets::Secrets;

#[cfg(feature = "fuzzing")]
pub(crate) fn read_again(
    registry: &Registry,
    secrets: &Secrets,
    items: Vec<storage::StoredItem>,
) -> Result<usize, GraphError> {
    Graph::read_again(registry, secrets, items)
}

/// How long after its intent a request may still be handed to the HTTP client.
const SEND_WITHIN: Duration = Duration::from_secs(5);
/// Attempts of one item whose writes had no effect (lost, locked), before it fails.
const MAX_ATTEMPTS: u32 = 4;
/// A job that would wait so long gives its place up: its runner lets go of it, and whoever is there when the
/// moment has come goes on with it.
pub(crate) const YIELDS_FROM: Duration = Duration::from_mins(1);

/// How long a plan is usually taken as true before its targets are looked at again.
pub const PLAN_IS_FRESH: Duration = Duration::from_secs(10);

/// How the runner works, whatever the job.
#[derive(Clone, Debug)]
pub struct RunnerSettings {
    /// Requests in flight per user (`GITLAB_API_CONCURRENCY`).
    pub concurrency: u32,
    /// Writes in flight under one parent group (`GITLAB_PARENT_CONCURRENCY`).
    pub parent_concurrency: u32,
    /// How long GitLab may be working on a request whose answer was lost (`GITLAB_SETTLE_MS`).
    pub settle: Duration,
    /// How long a plan is taken as true without looking again.
    pub plan_is_fresh: Duration,
    /// Where a test cuts the work.
    pub failpoints: Failpoints,
    /// How long one attempt may take (`GITLAB_API_TIMEOUT_MS`); after it nothing of it is being sent.
    pub timeout: Duration,
}

/// The waiting reason of a job whose token GitLab refuses, or that has none: it goes on when its owner has signed in.
pub const WAITS_FOR_LOGIN: &str =
    "GitLab refused the token: it has expired or was revoked. The job goes on after the next login.";

/// What a runner is given.
pub(crate) struct Run {
    pub(crate) job: Job,
    pub(crate) lease: Lease,
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) gitlab: Gitlab,
    pub(crate) registry: Registry,
    pub(crate) secrets: Secrets,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) events: Events,
    pub(crate) settings: RunnerSettings,
    /// Cancelled when the process is asked to stop.
    pub(crate) stopping: CancellationToken,
    /// Rung when somebody changed the job's status, so that it is noticed at once.
    pub(crate) look_again: Arc<tokio::sync::Notify>,
    /// What other jobs of this process write under the same parents.
    pub(crate) siblings: Siblings,
    /// Items whose first write may have been done and whose targets are not as they were planned: where it was not
    /// done they fail with this.
    pub(crate) changed: HashMap<u32, domain::ItemError>,
}

/// Why a run could not even begin or had to be broken off.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The database failed, or the lease is gone.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The stored items are not this version's.
    #[error(transparent)]
    Graph(#[from] GraphError),
}

struct Runner {
    run: Arc<Run>,
    graph: Graph,
    touches: Touches,
    schedule: Schedule,
    /// The places under each parent, by its number in the schedule.
    places: HashMap<usize, Arc<Semaphore>>,
    writer: LedgerWriter,
    tasks: FuturesUnordered<BoxFuture<'static, Landed>>,
    /// Items whose request is under way (or waits for its budget).
    in_flight: u32,
    /// Of these, items that wait for their budget.
    queued: u32,
    /// How many of these there may be.
    ahead: Ahead,
    /// Whether requests wait for nothing but a place, so that intents are committed before.
    flows: bool,
    /// Told by each item when it has its budget.
    admissions: mpsc::UnboundedSender<Admission>,
    admitted: mpsc::UnboundedReceiver<Admission>,
    /// Cancelled when no further item may begin, also not one that waits for its budget.
    no_more: CancellationToken,
    /// Looks that are under way.
    looking: u32,
    /// Of these, those after a refusal: what becomes of the item is not on disk before.
    refusals: u32,
    /// Looks that rest until the next time.
    looks: RestingLooks,
    /// When GitLab last had an answer, on the monotonic clock.
    heard_at: Option<Duration>,
    /// When the last write was sent, by a run before, for items that have not ended.
    sent_before: HashMap<u32, Timestamp>,
    rests: Rests,
    /// What a person set as limits of the job.
    limits: Limits,
    /// The job rests until then, and needs nobody to look before.
    rests_until: Option<Timestamp>,
    /// Until when, and why, the job is said to wait.
    said: Option<(Timestamp, String)>,
    /// That is being written down.
    saying: bool,
    /// Items that got their budget since it was last looked whether the job has to wait.
    flowed: bool,
    open: usize,
    rate: RateMeter,
    end: Option<End>,
    unreachable_since: Option<Duration>,
    lease_deadline: Arc<AtomicU64>,
}

/// Runs a claimed job until it ends, is stopped, or cannot go on. Returns the job as it stands then.
pub(crate) async fn run(mut run: Run) -> Result<Job, RunError> {
    let options = &run.job.options;
    run.gitlab = run.gitlab.for_job(JobLimits {
        per_second: options.rate_per_second,
        concurrency: options.concurrency,
    });
    let run = Arc::new(run);
    run.events.tell_job(&run.job, What::Started);
    let open_intents = run.storage.open_intents(run.job.id).await?;
    let last_attempts = run.storage.last_attempts(run.job.id).await?;
    let under_way = open_intents.iter().map(|intent| intent.item).collect();
    let mut graph = Graph::load(
        &run.storage,
        &run.registry,
        &run.secrets,
        &run.job,
        &under_way,
        &last_attempts,
    )
    .await?;

    let resumed_at = run
        .storage
        .job(run.job.id)
        .await?
        .and_then(|record| record.resumed_at);
    let limits = Limits::new(&run.job.options, graph.take_history(), resumed_at, graph.begun());

    // Reading many items may have taken a good part of the lease.
    let renewed_at = run.clock.monotonic();
    run.storage.renew(&run.lease).await?;

    let touches = Touches::default();
    let (writer, written) = {
        let teller = Teller::new(&run, &graph, touches.clone());
        LedgerWriter::start(
            Arc::clone(&run.storage),
            run.lease.clone(),
            Arc::clone(&run.clock),
            run.settings.failpoints.clone(),
            move |committed, batch| teller.tell(committed, batch),
        )
    };
    let parents = run.settings.parent_concurrency as usize;
    let (admitted, admissions) = mpsc::unbounded_channel();
    let mut runner = Runner {
        schedule: graph.schedule(parents),
        places: HashMap::new(),
        open: graph.open(),
        limits,
        rests: Rests::default(),
        rests_until: None,
        said: None,
        saying: false,
        flowed: true,
        looking: 0,
        refusals: 0,
        looks: RestingLooks::default(),
        heard_at: None,
        sent_before: last_attempts.iter().map(|last| (last.item, last.at)).collect(),
        rate: RateMeter::new(run.clock.monotonic()),
        no_more: CancellationToken::new(),
        ahead: Ahead::new(run.settings.concurrency),
        flows: false,
        lease_deadline: Arc::new(deadline(&run, renewed_at).into()),
        graph,
        touches,
        writer,
        tasks: FuturesUnordered::new(),
        in_flight: 0,
        queued: 0,
        admissions: admitted,
        admitted: admissions,
        end: None,
        unreachable_since: None,
        run,
    };
    for intent in open_intents {
        runner.settle_later(intent.item, intent.attempt, intent.call, intent.at);
    }
    runner.fail_what_depends_on_failed().await;
    runner.renew_later();
    let end = runner.drive().await;
    runner.take_admissions();
    let waits_no_more = runner.said.is_some() && runner.waiting().is_none();
    if end == End::Status(JobStatus::Cancelled) {
        runner.give_up_looking().await;
        runner.leave_open_items_to_a_person().await;
    }

    let Runner {
        run, writer, tasks, ..
    } = runner;
    // What is still under way stays an intent without evidence, to be settled by the next run.
    drop(tasks);
    drop(writer);
    let written = written.await.unwrap_or(Ok(()));
    let lost = matches!(written, Err(StorageError::LeaseLost(_)));
    if let (Err(error), false) = (written, lost) {
        return Err(error.into());
    }
    if end == End::Stopping && waits_no_more {
        run.storage.set_waiting(&run.lease, None).await?;
    }
    finish(&run, end).await
}

/// 1, 2, 4 … seconds, at most a minute.
pub(crate) fn pause_before(attempt: u32) -> Duration {
    Duration::from_secs(
        1_u64
            .checked_shl(attempt.saturating_sub(1))
            .unwrap_or(60)
            .clamp(1, 60),
    )
}

//! Running a job: intent, budget, GitLab, evidence, next.
//!
//! One runner holds one job (by its lease) and runs its items concurrently. The runner knows no
//! operation by name. What it has to get right, in this order: nothing is sent whose intent is not on
//! disk; a lost answer is settled by looking, never by guessing; what cannot be stored stops sending.

mod ahead;
mod answer;
mod attempt;
mod graph;
pub(crate) mod ledger_writer;
mod limits;
mod rate;
mod rests;
pub(crate) mod schedule;
mod settle;
mod touches;
mod waiting;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::{Clock, ItemEvent, ItemStatus, Job, JobEvent, JobStatus, LookAt, Timestamp};
use futures::future::{BoxFuture, FutureExt};
use futures::stream::{FuturesUnordered, StreamExt};
use gitlab_api::ApiPath;
use gitlab_client::{Answer, Gitlab, JobLimits, Lane, Refusal};
use http::StatusCode;
use storage::{
    Committed, Evidence, EvidenceKind, ItemChange, Lease, LedgerBatch, Progress, Storage, StorageError,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use self::ahead::Ahead;
use self::answer::{Verdict, judge};
use self::attempt::{Admission, Attempt};
use self::graph::{Begun, Counts, Graph, GraphError, Names, Next};
use self::ledger_writer::{LedgerWriter, Stop};
use self::limits::{Barrier, Limits, Past};
use self::rate::RateMeter;
use self::rests::Rests;
use self::schedule::Schedule;
use self::settle::{Ended, Settled, follow, settle};
use self::touches::Touches;
use crate::events::{Events, ItemEnd, What};
use crate::failpoint::Failpoints;
use crate::operation::{Call, Registry};
use crate::secrets::Secrets;

/// How long after its intent a request may still be handed to the HTTP client.
const SEND_WITHIN: Duration = Duration::from_secs(5);
/// Attempts of one item whose writes had no effect (lost, locked), before it fails.
const MAX_ATTEMPTS: u32 = 4;
/// How long GitLab may be out of reach before the job gives up; it can be resumed.
const GONE_FOR_TOO_LONG: Duration = Duration::from_mins(10);
/// A job that would wait so long gives its place up: its runner lets go of it, and whoever is there when the
/// moment has come goes on with it.
const YIELDS_FROM: Duration = Duration::from_mins(1);
/// How often it is looked whether the job has to wait. Shorter waits are nobody's business.
const LOOKS_EVERY: Duration = Duration::from_secs(1);
/// How long a stopping process waits for answers that are under way.
const STOPPING: Duration = Duration::from_secs(10);

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

/// Why the runner lets go of the job.
#[derive(Clone, Debug, PartialEq)]
enum End {
    /// Every item has ended.
    Finished,
    /// The process stops; another runner (or the next start) goes on.
    Stopping,
    /// Somebody changed the job's status; it is theirs now.
    Status(JobStatus),
    /// The job is to wait for a person.
    Pause(String),
    /// It waits until then, for this, and needs no runner meanwhile.
    Yield(Timestamp, String),
    /// The job cannot go on.
    Broke(domain::ItemError),
    /// Another runner holds it, or the ledger cannot be written.
    Lost,
}

impl From<Stop> for End {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Status(status) => Self::Status(status),
            Stop::LeaseLost | Stop::Storage => Self::Lost,
        }
    }
}

/// What a task of the runner came back with.
enum Landed {
    /// An attempt was made (or refused before sending).
    Attempted {
        item: u32,
        attempt: u32,
        path: ApiPath,
        intent_at: Timestamp,
        /// Whether it had its budget.
        admitted: bool,
        outcome: Attempted,
    },
    /// A lost answer was settled.
    Settled {
        item: u32,
        attempt: u32,
        settled: Settled,
    },
    /// A refused write was looked for: it was done before.
    LookedIfDone {
        item: u32,
        evidence: Evidence,
        error: domain::ItemError,
        done: Option<domain::ItemResult>,
    },
    /// A refused creation was looked for: somebody else may have made it since the plan.
    Looked {
        item: u32,
        error: domain::ItemError,
        present: Option<domain::ItemResult>,
    },
    /// GitLab has come to an end with an item, or cannot be asked.
    Followed { item: u32, ended: Ended },
    /// It was written down that the job waits, or that it does no more.
    Said(Result<Job, StorageError>),
    /// The job's lease was renewed (or not).
    Renewed {
        again: bool,
        result: Result<JobStatus, StorageError>,
    },
}

enum Attempted {
    /// The intent was on disk; this is what came of sending it.
    Answered(Answer),
    /// The intent was on disk, and nothing was sent: the budget gave no way, or no item may begin any more.
    Withheld(Answer),
    /// The budget gave no way (a limit that holds for long, a host that is refused); there is no intent.
    NotBegun(Answer),
    /// The ledger took no intent.
    Stopped(Stop),
}

struct Runner {
    run: Arc<Run>,
    graph: Graph,
    touches: Touches,
    schedule: Schedule,
    writer: LedgerWriter,
    tasks: FuturesUnordered<BoxFuture<'static, Landed>>,
    /// Items whose request is under way (or waits for its budget), and those looked for after a refusal:
    /// what GitLab said to these is not on disk before.
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
    /// Items that are settled, or that GitLab is followed with.
    elsewhere: u32,
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
        open: graph.open(),
        limits,
        rests: Rests::default(),
        rests_until: None,
        said: None,
        saying: false,
        flowed: true,
        elsewhere: 0,
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

/// Tells the database and the listeners how the run ended.
async fn finish(run: &Run, end: End) -> Result<Job, RunError> {
    let (event, detail, what): (_, _, fn(Arc<Job>) -> What) = match end {
        End::Finished => (JobEvent::Finished, None, What::Completed),
        End::Stopping => (JobEvent::Yielded, None, What::Progress),
        End::Yield(until, reason) => {
            match run.storage.set_waiting(&run.lease, Some((until, &reason))).await {
                Ok(_) | Err(StorageError::LeaseLost(_)) => {}
                Err(error) => return Err(error.into()),
            }
            (JobEvent::Yielded, None, What::Progress)
        }
        End::Pause(reason) => {
            let detail = domain::ItemError {
                code: "PAUSED".into(),
                message: reason,
                gitlab_status: None,
                details: None,
            };
            (JobEvent::Pause, Some(detail), What::Paused)
        }
        End::Broke(error) => (JobEvent::Broke, Some(error), What::Failed),
        End::Status(_) => {
            // Somebody moved it; the next claimant need not wait for our lease to run out.
            run.storage.release(&run.lease).await?;
            return current(run).await;
        }
        End::Lost => return current(run).await,
    };
    let job = match run.storage.move_leased(&run.lease, event, detail).await {
        Ok(job) => job,
        // Paused or cancelled by somebody between our last commit and now.
        Err(StorageError::IllegalTransition(_) | StorageError::LeaseLost(_)) => {
            run.storage.release(&run.lease).await?;
            return current(run).await;
        }
        Err(error) => return Err(error.into()),
    };
    run.events.tell_job(&job, what);
    Ok(job)
}

/// The job as it stands in the database.
async fn current(run: &Run) -> Result<Job, RunError> {
    let record = run.storage.job(run.job.id).await?;
    Ok(record.map_or_else(|| run.job.clone(), |record| record.job))
}

/// The moment, on the monotonic clock in microseconds, from which on nothing may be sent.
fn deadline(run: &Run, asked_at: Duration) -> u64 {
    // A tenth is kept back for clocks that run differently.
    let lasts = run.lease.lasts / 10 * 9;
    u64::try_from((asked_at + lasts).as_micros()).unwrap_or(u64::MAX)
}

impl Runner {
    async fn drive(&mut self) -> End {
        let mut stopping = false;
        let mut give_up_at: Option<BoxFuture<'static, ()>> = None;
        let mut look = self.run.clock.sleep(LOOKS_EVERY);
        loop {
            if self.end.is_none() {
                if let Some(stop) = self.writer.stopped() {
                    self.end = Some(stop.into());
                } else if self.open == 0 {
                    self.end = Some(End::Finished);
                } else {
                    self.go_on();
                }
            }
            if let Some(end) = &self.end
                && (self.in_flight == 0 || *end == End::Lost)
            {
                return end.clone();
            }
            if self.end.is_some() && give_up_at.is_none() {
                self.no_more.cancel();
                give_up_at = Some(self.run.clock.sleep(STOPPING));
            }
            let run = Arc::clone(&self.run);
            let mut writer = self.writer.clone();
            let ended = self.end.is_some();
            let alarm = self.alarm();
            tokio::select! {
                Some(admission) = self.admitted.recv() => {
                    self.admit(admission);
                    self.take_admissions();
                }
                landed = self.tasks.next() => match landed {
                    Some(landed) => self.land(landed).await,
                    None => return self.end.clone().unwrap_or(End::Lost),
                },
                () = run.stopping.cancelled(), if !stopping => {
                    stopping = true;
                    self.end.get_or_insert(End::Stopping);
                }
                _ = writer.wait_stopped(), if !ended => {}
                () = &mut look, if !ended => {
                    self.show_waiting();
                    look = run.clock.sleep(LOOKS_EVERY);
                }
                () = async { match alarm { Some(alarm) => alarm.await, None => std::future::pending().await } }, if !ended => {}
                () = run.look_again.notified(), if !ended => self.renew(Duration::ZERO),
                () = async { match &mut give_up_at { Some(at) => at.await, None => std::future::pending().await } } => {
                    return self.end.clone().unwrap_or(End::Lost);
                }
            }
        }
    }

    /// An item has its budget.
    fn admit(&mut self, Admission { item, ready_for }: Admission) {
        self.queued -= 1;
        self.flowed = true;
        self.graph.admitted(item);
        if let Some(ready_for) = ready_for {
            self.ahead.admitted(ready_for);
        }
    }

    fn take_admissions(&mut self) {
        while let Ok(admission) = self.admitted.try_recv() {
            self.admit(admission);
        }
    }

    fn start_items(&mut self) {
        self.flows = self.run.gitlab.flows(Lane::Jobs);
        while self.queued < self.ahead.most(self.flows) {
            let Some(item) = self.schedule.pop() else { return };
            if !self.limits.begin(item) {
                self.schedule.landed(item, false);
                self.schedule.push(item);
                return;
            }
            match self.graph.next(item) {
                Some(Ok(Next::Send(call))) => self.send_next(item, call),
                Some(Ok(Next::Follow)) => self.follow_later(item),
                Some(Ok(Next::Done)) => {
                    // Its last write was its last one for another version of this program only.
                    self.graph.is_followed(item);
                    self.elsewhere += 1;
                    let ended = Ended::Done(None);
                    self.tasks
                        .push(std::future::ready(Landed::Followed { item, ended }).boxed());
                }
                failed => {
                    // Stored by another version, or without what it needs: both are looked at before.
                    let error = failed.and_then(Result::err);
                    tracing::error!(job = %self.run.job.id, item, ?error, "an item's call could not be made");
                    self.schedule.landed(item, false);
                    self.end = Some(End::Broke(domain::ItemError {
                        code: "INTERNAL_ERROR".into(),
                        message: format!("item {item} cannot be read by this version"),
                        gitlab_status: None,
                        details: None,
                    }));
                    return;
                }
            }
        }
    }

    fn attempt(&mut self, item: u32, begun: Begun, call: Call) {
        let early = self.flows;
        if early {
            self.graph.admitted(item);
        }
        let attempt = Attempt {
            run: Arc::clone(&self.run),
            writer: self.writer.clone(),
            lease_deadline: Arc::clone(&self.lease_deadline),
            admissions: self.admissions.clone(),
            no_more: self.no_more.clone(),
            item,
            begun,
            early,
        };
        self.tasks.push(attempt.make(call).boxed());
    }

    async fn land(&mut self, landed: Landed) {
        // What it says of itself comes after what it said before.
        self.take_admissions();
        match landed {
            Landed::Attempted {
                item,
                admitted,
                outcome: Attempted::Stopped(stop),
                ..
            } => {
                // Nothing is on disk and nothing was sent.
                self.in_flight -= 1;
                self.queued -= u32::from(!admitted);
                self.not_begun(item);
                self.end.get_or_insert(End::from(stop));
            }
            Landed::Attempted {
                item,
                outcome: Attempted::NotBegun(answer),
                ..
            } => {
                self.in_flight -= 1;
                self.queued -= 1;
                self.not_begun(item);
                self.rest(item, &answer);
            }
            Landed::Attempted {
                item,
                attempt,
                outcome: Attempted::Withheld(answer),
                ..
            } => {
                self.in_flight -= 1;
                self.queued -= 1;
                let evidence = Evidence {
                    item,
                    attempt,
                    call: self.graph.step(item),
                    kind: EvidenceKind::NotSent,
                    gitlab_status: None,
                    request_id: None,
                    seen: None,
                    at: self.run.clock.now(),
                };
                self.put_back(item, Counts::No, Some(evidence), None).await;
                self.rest(item, &answer);
            }
            Landed::Attempted {
                item,
                attempt,
                path,
                intent_at,
                outcome: Attempted::Answered(answer),
                ..
            } => {
                self.in_flight -= 1;
                self.answered(item, attempt, &path, intent_at, answer).await;
            }
            Landed::Settled {
                item,
                attempt,
                settled,
            } => {
                self.elsewhere -= 1;
                self.settled(item, attempt, settled).await;
            }
            Landed::Looked { item, error, present } => {
                self.in_flight -= 1;
                self.end_item(item, ItemEvent::Refused, None, |change| match present {
                    // That it is there is as wanted (`skipExisting`).
                    Some(present) => {
                        change.result = Some(present);
                        change.status = ItemStatus::Skipped;
                    }
                    None => change.error = Some(error),
                })
                .await;
            }
            Landed::LookedIfDone {
                item,
                evidence,
                error,
                done,
            } => {
                self.in_flight -= 1;
                match done {
                    Some(result) => self.step_done(item, evidence, result).await,
                    None => {
                        self.end_item(item, ItemEvent::Refused, Some(evidence), |change| {
                            change.error = Some(error);
                        })
                        .await;
                    }
                }
            }
            Landed::Followed { item, ended } => {
                self.elsewhere -= 1;
                self.followed(item, ended).await;
            }
            Landed::Said(result) => self.said(result),
            Landed::Renewed {
                again,
                result: Ok(JobStatus::Running),
            } => {
                if again {
                    self.renew_later();
                }
            }
            Landed::Renewed {
                result: Ok(status), ..
            } => {
                self.end.get_or_insert(End::Status(status));
            }
            Landed::Renewed {
                result: Err(StorageError::LeaseLost(_)),
                ..
            } => {
                self.end = Some(End::Lost);
            }
            Landed::Renewed {
                again,
                result: Err(error),
            } => {
                // The deadline stops sending when renewal goes on failing.
                tracing::warn!(job = %self.run.job.id, %error, "the lease could not be renewed");
                if again {
                    self.renew_later();
                }
            }
        }
    }

    async fn answered(
        &mut self,
        item: u32,
        attempt: u32,
        path: &ApiPath,
        intent_at: Timestamp,
        answer: Answer,
    ) {
        let now = self.run.clock.now();
        let step = self.graph.step(item);
        let evidence = |kind, status: Option<StatusCode>, request_id: Option<String>| Evidence {
            item,
            attempt,
            call: step,
            kind,
            gitlab_status: status.map(|status| status.as_u16()),
            request_id,
            seen: None,
            at: now,
        };
        let answered = |refusal: &Refusal| {
            evidence(
                EvidenceKind::Answered,
                Some(refusal.status),
                refusal.request_id.clone(),
            )
        };
        let verdict = judge(answer);
        if !matches!(verdict, Verdict::NotSent(_)) {
            self.unreachable_since = None;
        }
        match verdict {
            Verdict::Done(reply) => {
                if let Some(text) = self.graph.refused(item, &reply.body) {
                    let evidence = evidence(
                        EvidenceKind::Answered,
                        Some(reply.status),
                        reply.request_id.clone(),
                    );
                    let error = answer::refused_in_body(reply.status, &text);
                    self.refused(item, intent_at, StatusCode::CONFLICT, evidence, error)
                        .await;
                    return;
                }
                let Some(result) = self.graph.result(item, &reply.body) else {
                    self.look_later(
                        item,
                        attempt,
                        path,
                        intent_at,
                        "GitLab's answer could not be read",
                    );
                    return;
                };
                let evidence = evidence(
                    EvidenceKind::Answered,
                    Some(reply.status),
                    reply.request_id.clone(),
                );
                self.step_done(item, evidence, result).await;
            }
            Verdict::Refused { refusal, error } => {
                let evidence = answered(&refusal);
                self.refused(item, intent_at, refusal.status, evidence, error)
                    .await;
            }
            Verdict::Unauthorized(refusal) => {
                let evidence = answered(&refusal);
                self.put_back(item, Counts::No, Some(evidence), None).await;
                self.end.get_or_insert(End::Pause(WAITS_FOR_LOGIN.into()));
            }
            Verdict::Throttled => {
                // Not an attempt; the budget has learned how long to wait.
                let evidence = evidence(EvidenceKind::Answered, Some(StatusCode::TOO_MANY_REQUESTS), None);
                self.put_back(item, Counts::No, Some(evidence), Some(Duration::ZERO))
                    .await;
            }
            Verdict::Busy { refusal, error } => {
                let evidence = answered(&refusal);
                if self.graph.tries(item) >= MAX_ATTEMPTS {
                    self.end_item(item, ItemEvent::Refused, Some(evidence), |change| {
                        change.error = Some(error);
                    })
                    .await;
                } else {
                    self.put_back(
                        item,
                        Counts::Yes,
                        Some(evidence),
                        Some(pause_before(self.graph.tries(item))),
                    )
                    .await;
                }
            }
            Verdict::NotSent(error) => {
                let now = self.run.clock.monotonic();
                let since = *self.unreachable_since.get_or_insert(now);
                let evidence = evidence(EvidenceKind::NotSent, None, None);
                let gone = u32::try_from((now.saturating_sub(since)).as_secs()).unwrap_or(u32::MAX);
                self.put_back(item, Counts::No, Some(evidence), Some(pause_before(gone.max(1))))
                    .await;
                if now.saturating_sub(since) > GONE_FOR_TOO_LONG {
                    self.end.get_or_insert(End::Broke(unreachable(&format!(
                        "GitLab was out of reach for too long ({error})"
                    ))));
                }
            }
            Verdict::Withheld => {
                // Lease or freshness ran out between the commit of the intent and the sending.
                let evidence = evidence(EvidenceKind::NotSent, None, None);
                self.put_back(item, Counts::No, Some(evidence), Some(Duration::ZERO))
                    .await;
            }
            Verdict::Unknown { why } => self.look_later(item, attempt, path, intent_at, &why),
        }
    }

    /// GitLab has not done it and will not: the item fails, unless what it was to make is there meanwhile.
    async fn refused(
        &mut self,
        item: u32,
        intent_at: Timestamp,
        status: StatusCode,
        evidence: Evidence,
        error: domain::ItemError,
    ) {
        if self.run.job.options.skip_existing && self.graph.may_exist_since(item, status) {
            // What GitLab said is on disk before anything else: a process that dies while looking
            // sends again and is refused again, instead of leaving a doubt to a person.
            self.writer.record(Some(evidence), None).await;
            // As a task of its own: the items under way hold the places that looking needs.
            self.in_flight += 1;
            let (run, looker) = (Arc::clone(&self.run), self.graph.looker(item));
            let look = async move {
                let present = looker.find(&run, intent_at).await;
                Landed::Looked { item, error, present }
            };
            self.tasks.push(look.boxed());
            return;
        }
        if self.graph.done_if_refused(item, status) {
            // A process that dies while looking leaves an open intent, which is settled by the same look.
            self.in_flight += 1;
            let (run, looker) = (Arc::clone(&self.run), self.graph.looker(item));
            let look = async move {
                let done = looker.done(&run, intent_at).await;
                Landed::LookedIfDone {
                    item,
                    evidence,
                    error,
                    done,
                }
            };
            self.tasks.push(look.boxed());
            return;
        }
        self.end_item(item, ItemEvent::Refused, Some(evidence), |change| {
            change.error = Some(error);
        })
        .await;
    }

    /// Nobody knows what became of the item: it lets siblings go on while it is looked for.
    fn look_later(&mut self, item: u32, attempt: u32, path: &ApiPath, intent_at: Timestamp, why: &str) {
        tracing::warn!(job = %self.run.job.id, item, %path, why, "an answer was lost; looking what became of it");
        self.schedule.landed(item, false);
        self.settle_later(item, attempt, self.graph.step(item), intent_at);
    }

    /// One of the item's writes is done: the next one follows, or GitLab is followed, or the item ends.
    async fn step_done(&mut self, item: u32, evidence: Evidence, result: domain::ItemResult) {
        let advanced = self.graph.advance(item, result);
        match self.graph.next(item) {
            Some(Ok(Next::Done)) => {
                let made = self.graph.made(item);
                self.end_item(item, ItemEvent::Succeeded, Some(evidence), |change| {
                    change.result = made;
                })
                .await;
            }
            next => {
                let change = ItemChange {
                    item,
                    status: ItemStatus::Running,
                    attempts: advanced.attempts,
                    step: advanced.step,
                    error: None,
                    look_at: None,
                    result: self.graph.made(item),
                    at: self.run.clock.now(),
                };
                self.writer.record(Some(evidence), Some(change)).await;
                match next {
                    Some(Ok(Next::Follow)) => self.follow_later(item),
                    Some(Ok(Next::Send(call))) if self.end != Some(End::Lost) => self.send_next(item, call),
                    // A defect among these is found when it is to be sent.
                    _ => self.send_later(item),
                }
            }
        }
    }

    /// Sends the item's next write. A further one of an item that has begun is also sent when the job has been
    /// stopped meanwhile: what is half done may be what nobody wants, as a branch between two protections.
    fn send_next(&mut self, item: u32, call: Call) {
        self.schedule.goes_on(item);
        self.in_flight += 1;
        self.queued += 1;
        let begun = self.graph.begin(item);
        self.attempt(item, begun, call);
    }

    /// The item comes again when it is its turn: before all others when it has begun.
    fn send_later(&mut self, item: u32) {
        self.schedule.landed(item, false);
        if self.graph.step(item) > 0 {
            self.schedule.prefer(item);
        }
        self.schedule.push(item);
    }

    /// Waits for GitLab to come to an end with the item; siblings go on meanwhile.
    fn follow_later(&mut self, item: u32) {
        self.schedule.landed(item, false);
        self.graph.is_followed(item);
        self.elsewhere += 1;
        let (run, looker) = (Arc::clone(&self.run), self.graph.looker(item));
        self.tasks.push(
            async move {
                let ended = follow(&run, &looker).await;
                Landed::Followed { item, ended }
            }
            .boxed(),
        );
    }

    async fn followed(&mut self, item: u32, ended: Ended) {
        match ended {
            Ended::Done(result) => {
                let result = result.or_else(|| self.graph.made(item));
                self.end_item(item, ItemEvent::Succeeded, None, |change| change.result = result)
                    .await;
            }
            Ended::Failed(error) => {
                self.end_item(item, ItemEvent::Refused, None, |change| {
                    change.error = Some(error);
                })
                .await;
            }
            Ended::TooLong => {
                let made = self.graph.made(item);
                self.end_item(item, ItemEvent::Lost, None, |change| {
                    change.look_at = Some(LookAt {
                        url: made.and_then(|made| made.web_url),
                        message:
                            "GitLab has accepted this and is still not done with it. Look how far it is."
                                .into(),
                    });
                })
                .await;
            }
            Ended::Unauthorized => {
                self.end.get_or_insert(End::Pause(WAITS_FOR_LOGIN.into()));
            }
            Ended::CannotAsk { why } => {
                self.end.get_or_insert(End::Broke(unreachable(&format!(
                    "GitLab cannot be asked how far it is ({why})"
                ))));
            }
        }
    }

    /// Ends an item: evidence and status on disk, dependents released or failed.
    async fn end_item(
        &mut self,
        item: u32,
        event: ItemEvent,
        evidence: Option<Evidence>,
        fill: impl FnOnce(&mut ItemChange),
    ) {
        let from = if evidence.is_some() {
            ItemStatus::Running
        } else {
            self.graph.status(item)
        };
        let status = from.after(event).unwrap_or(ItemStatus::Unconfirmed);
        let at = self.run.clock.now();
        let mut change = ItemChange {
            item,
            status,
            attempts: self.graph.attempts(item),
            step: self.graph.step(item),
            error: None,
            look_at: None,
            result: None,
            at,
        };
        fill(&mut change);
        if change.status == ItemStatus::Succeeded && self.run.events.has_listeners() {
            self.touches
                .note(item, self.graph.touched(item, change.result.as_ref()));
        }
        self.schedule.landed(item, true);
        self.open -= 1;
        let released = self.graph.end(item, change.status, change.result.clone());
        let past = (change.attempts > 0).then_some(Past {
            status: change.status,
            at,
        });
        self.writer.record(evidence, Some(change)).await;
        for next in released {
            self.schedule.push(next);
        }
        self.measure();
        self.fail_what_depends_on_failed().await;
        if let Some(reason) = self.limits.ended(item, past) {
            self.end.get_or_insert(End::Pause(reason));
        }
    }

    /// Items that wait for something that failed will never run: they fail with it, each naming it.
    async fn fail_what_depends_on_failed(&mut self) {
        for (item, error) in self.graph.take_hopeless() {
            let at = self.run.clock.now();
            let change = ItemChange {
                item,
                status: ItemStatus::Failed,
                attempts: 0,
                step: 0,
                error: Some(error),
                look_at: None,
                result: None,
                at,
            };
            self.open -= 1;
            self.schedule.landed(item, true);
            self.writer.record(None, Some(change)).await;
        }
    }

    fn measure(&mut self) {
        let now = self.run.clock.monotonic();
        if let Some(per_second) = self.rate.ended_one(now) {
            let open = u32::try_from(self.open).unwrap_or(u32::MAX);
            let left = Duration::try_from_secs_f64(f64::from(open) / per_second).ok();
            let estimated_completion = left.map(|left| self.run.clock.now().plus(left));
            self.writer.progress(Progress {
                items_per_second: per_second,
                estimated_completion,
            });
        }
    }

    /// The item has not taken effect; it comes again after `pause` (`None`: not in this run).
    async fn put_back(
        &mut self,
        item: u32,
        counts: Counts,
        evidence: Option<Evidence>,
        pause: Option<Duration>,
    ) {
        let attempts = self.graph.put_back(item, counts);
        let step = self.graph.step(item);
        let change = ItemChange {
            item,
            // What is half done is not put back into a cancelled job as if nothing had happened.
            status: if step == 0 {
                ItemStatus::Pending
            } else {
                ItemStatus::Running
            },
            attempts,
            step,
            error: None,
            look_at: None,
            result: None,
            at: self.run.clock.now(),
        };
        if step == 0 {
            self.limits.put_back(item);
        }
        self.writer.record(evidence, Some(change)).await;
        let again_at_once = pause == Some(Duration::ZERO);
        if again_at_once && step > 0 && !matches!(self.end, None | Some(End::Lost)) {
            // Nobody takes it from the schedule any more.
            if let Some(Ok(Next::Send(call))) = self.graph.next(item) {
                self.send_next(item, call);
                return;
            }
        }
        self.schedule.landed(item, false);
        match pause {
            Some(Duration::ZERO) => self.send_later(item),
            Some(pause) => self.rests.push(item, self.run.clock.now().plus(pause), None),
            None => {}
        }
    }

    /// Nothing of an attempt is on disk, and nothing was sent.
    fn not_begun(&mut self, item: u32) {
        self.graph.put_back(item, Counts::No);
        self.schedule.landed(item, false);
        if self.graph.step(item) == 0 {
            self.limits.put_back(item);
        }
    }

    /// No runner comes back to a cancelled job: what is still under way now will not be settled.
    async fn leave_open_items_to_a_person(&mut self) {
        for item in self.graph.under_way() {
            let look_at = cancelled_under_way();
            self.end_item(item, ItemEvent::Lost, None, |change| {
                change.look_at = Some(look_at);
            })
            .await;
        }
    }

    /// Looks what became of an intent whose answer was lost, until it is known.
    fn settle_later(&mut self, item: u32, attempt: u32, call: u32, intent_at: Timestamp) {
        let run = Arc::clone(&self.run);
        // From now on nothing of it is being sent: this process has given the attempt up, or the one that
        // made it is dead or fenced out. Long after the intent that was so long ago.
        let last_sent = run
            .clock
            .now()
            .min(intent_at.plus(SEND_WITHIN + run.settings.timeout));
        let absent_from = last_sent.plus(run.settings.settle);
        let looker = self.graph.looker(item);
        self.elsewhere += 1;
        self.tasks.push(
            async move {
                let settled = settle(&run, &looker, intent_at, absent_from, call).await;
                Landed::Settled {
                    item,
                    attempt,
                    settled,
                }
            }
            .boxed(),
        );
    }

    async fn settled(&mut self, item: u32, attempt: u32, settled: Settled) {
        let evidence = |kind, call| Evidence {
            item,
            attempt,
            call,
            kind,
            gitlab_status: None,
            request_id: None,
            seen: None,
            at: self.run.clock.now(),
        };
        match settled {
            Settled::Present { call, result } => {
                let evidence = evidence(EvidenceKind::FoundPresent, call);
                self.step_done(item, evidence, result).await;
            }
            Settled::Absent { call } => {
                let evidence = evidence(EvidenceKind::FoundAbsent, call);
                if let Some(error) = self.run.changed.get(&item).filter(|_| call == 0).cloned() {
                    self.end_item(item, ItemEvent::Refused, Some(evidence), |change| {
                        change.error = Some(error);
                    })
                    .await;
                } else if self.graph.tries(item) >= MAX_ATTEMPTS {
                    self.end_item(item, ItemEvent::Refused, Some(evidence), |change| {
                        change.error = Some(domain::ItemError {
                            code: "GITLAB_NO_ANSWER".into(),
                            message: format!(
                                "GitLab gave no answer {MAX_ATTEMPTS} times and did not do it; retry when it is well again"
                            ),
                            gitlab_status: None,
                            details: None,
                        });
                    })
                    .await;
                } else {
                    self.put_back(item, Counts::Yes, Some(evidence), Some(Duration::ZERO))
                        .await;
                }
            }
            Settled::Undecided { call, look_at } => {
                let evidence = evidence(EvidenceKind::Undecided, call);
                self.end_item(item, ItemEvent::Lost, Some(evidence), |change| {
                    change.look_at = Some(look_at);
                })
                .await;
            }
            Settled::Unauthorized => {
                self.end.get_or_insert(End::Pause(WAITS_FOR_LOGIN.into()));
            }
            Settled::CannotAsk { why } => {
                self.end.get_or_insert(End::Broke(unreachable(&format!(
                    "GitLab cannot be asked what became of a request ({why})"
                ))));
            }
        }
    }

    fn renew_later(&mut self) {
        self.renew(self.run.lease.lasts / 3);
    }

    fn renew(&mut self, after: Duration) {
        let run = Arc::clone(&self.run);
        let lease_deadline = Arc::clone(&self.lease_deadline);
        self.tasks.push(
            async move {
                run.clock.sleep(after).await;
                let asked_at = run.clock.monotonic();
                let renewed = run.storage.renew(&run.lease).await;
                if renewed.is_ok() {
                    lease_deadline.store(deadline(&run, asked_at), Ordering::Relaxed);
                }
                Landed::Renewed {
                    again: !after.is_zero(),
                    result: renewed,
                }
            }
            .boxed(),
        );
    }
}

/// What a person is told about an item whose job was cancelled while it was under way.
pub(crate) fn cancelled_under_way() -> LookAt {
    LookAt {
        url: None,
        message: "The job was cancelled while GitLab's answer was outstanding. Look whether it was done."
            .into(),
    }
}

fn unreachable(what: &str) -> domain::ItemError {
    domain::ItemError {
        code: "GITLAB_UNREACHABLE".into(),
        message: format!("{what}; resume the job when it is back"),
        gitlab_status: None,
        details: None,
    }
}

/// 1, 2, 4 … seconds, at most a minute.
fn pause_before(attempt: u32) -> Duration {
    Duration::from_secs(
        1_u64
            .checked_shl(attempt.saturating_sub(1))
            .unwrap_or(60)
            .clamp(1, 60),
    )
}

/// Tells listeners what was committed.
struct Teller {
    events: Events,
    job: std::sync::Mutex<Job>,
    names: Arc<Names>,
    touches: Touches,
    clock: Arc<dyn Clock>,
}

impl Teller {
    fn new(run: &Run, graph: &Graph, touches: Touches) -> Self {
        Self {
            events: run.events.clone(),
            job: std::sync::Mutex::new(run.job.clone()),
            names: graph.names(),
            touches,
            clock: Arc::clone(&run.clock),
        }
    }

    fn tell(&self, committed: Committed, batch: &LedgerBatch) {
        let mut job = self.job.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        job.version = committed.version;
        job.status = committed.status;
        job.updated_at = self.clock.now();
        if let Some(progress) = batch.progress {
            job.items_per_second = Some(progress.items_per_second);
            job.estimated_completion = progress.estimated_completion;
        }
        let (mut succeeded, mut failed) = (Vec::new(), Vec::new());
        let listened_to = self.events.has_listeners();
        for change in batch.items.iter().filter(|change| change.status.has_ended()) {
            job.progress += 1;
            match change.status {
                ItemStatus::Succeeded => job.success_count += 1,
                ItemStatus::Failed => job.failure_count += 1,
                ItemStatus::Skipped => job.skipped_count += 1,
                ItemStatus::Unconfirmed => job.unconfirmed_count += 1,
                _ => {}
            }
            if !listened_to {
                continue;
            }
            let Some((operation, target)) = self.names.of(change.item) else {
                continue;
            };
            let end = ItemEnd {
                index: change.item,
                operation: operation.to_owned(),
                target: target.to_owned(),
                result: change.result.clone(),
                error: change.error.clone(),
                touched: self.touches.take(change.item),
            };
            match change.status {
                ItemStatus::Succeeded => succeeded.push(end),
                ItemStatus::Failed => failed.push(end),
                _ => {}
            }
        }
        if !listened_to {
            return;
        }
        let owner = job.owner();
        if !succeeded.is_empty() {
            self.events
                .tell(owner.clone(), job.id, What::ItemsSucceeded(succeeded.into()));
        }
        if !failed.is_empty() {
            self.events.tell(owner, job.id, What::ItemsFailed(failed.into()));
        }
        self.events.tell_job(&job, What::Progress);
    }
}

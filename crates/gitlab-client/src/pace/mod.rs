//! When a request may leave: the budget of an instance and user.
//!
//! A request passes up to four places, each of which may make it wait: the job's own limits, the [endpoint's own
//! limit](endpoint_limits), the [gate](gate::Gate) of the user (rate, requests in flight, what GitLab says is
//! left), and the gate of the instance, which all users share. People go before jobs at every one of them, and
//! jobs take turns.

pub(crate) mod answer_headers;
mod auto;
mod book;
mod endpoint_class;
mod endpoint_limits;
mod gate;
mod job_limits;
mod long_limit;
mod meter;
mod quota;
mod shared;
mod turns;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{Clock, Timestamp, UserKey};
use http::{HeaderMap, Method, StatusCode};

pub use endpoint_class::EndpointClass;
pub use job_limits::JobLimits;
pub use long_limit::LongLimit;
pub use meter::{InvalidRate, Rate};
pub use shared::{Claim, Lanes, Reserved, SharedPace, Wish};

pub(crate) use answer_headers::retry_after;
pub(crate) use gate::{Gate, Patience, Places};

pub use answer_headers::QuotaReport;
use answer_headers::{LONGEST_WAIT, Refusal, mentions_a_throttle};
use auto::News;
use endpoint_class::EndpointKey;
use endpoint_limits::EndpointLimits;
use gate::{Permit, Shut};
pub(crate) use job_limits::Job;
use long_limit::Moment;
pub(crate) use shared::Remote;

/// Whoever is patient looks again whether the limit still holds: no sooner than this,
const LOOKS_AFTER: Duration = Duration::from_millis(10);
/// and no later, since it may be over before it was said to be.
const LOOKS_WITHIN: Duration = Duration::from_mins(1);

/// Who asks. People go first and have places and quota of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// The proxy, the console, planning: somebody is looking at it.
    People,
    /// A job's items.
    Jobs,
}

/// Why a request has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitReason {
    /// The configured rate.
    Rate,
    /// What the instance says is left of this user's quota is used up, or kept for people.
    QuotaUsedUp,
    /// GitLab refused a request of this user and asked to wait.
    Throttled,
    /// GitLab limits this endpoint on its own.
    Endpoint(EndpointClass),
    /// The installation's own limit for this instance, all users together.
    Instance,
}

/// Something has to wait, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The earliest moment at which it makes sense to ask again.
    pub until: Timestamp,
    /// What is waited for.
    pub reason: WaitReason,
}

impl fmt::Display for WaitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rate => f.write_str("the configured rate limit"),
            Self::QuotaUsedUp => f.write_str("GitLab's request quota for this window is used up"),
            Self::Throttled => f.write_str("GitLab asked to wait"),
            Self::Endpoint(class) => write!(f, "GitLab limits {class}"),
            Self::Instance => f.write_str("the rate limit for this instance"),
        }
    }
}

/// What one user may send to one instance.
pub(crate) struct Budget {
    clock: Arc<dyn Clock>,
    user: Gate,
    instance: Arc<Gate>,
    endpoints: Mutex<EndpointLimits>,
    patience: Patience,
    /// Takes turns with the other users of the instance.
    party: u64,
    /// Whose it is, and who tells other processes what GitLab says of it.
    shared: Option<(UserKey, Arc<dyn SharedPace>)>,
}

/// Leave to send one request. Held until its answer has been read.
#[derive(Debug)]
pub(crate) struct Pass {
    key: EndpointKey,
    _job: Option<Permit>,
    serial: u64,
    /// When it was let through, on the monotonic clock.
    at: Duration,
    user: Option<Permit>,
    _instance: Permit,
}

impl Budget {
    /// `publishes`: the instance is GitLab.com, whose daily limits are known. `shared`: whose budget it is, where other
    /// processes have it as well.
    pub(crate) fn new(
        clock: Arc<dyn Clock>,
        instance: Arc<Gate>,
        rate: Rate,
        places: Places,
        patience: Patience,
        publishes: bool,
        shared: Option<(UserKey, Arc<dyn SharedPace>)>,
    ) -> Self {
        let gate = |rate| Gate::new(Arc::clone(&clock), rate, places, patience);
        let gate_of_user = match rate {
            Rate::PerSecond(rate) => gate(Some(rate)),
            Rate::Unlimited => gate(None),
            Rate::Auto => Gate::automatic(Arc::clone(&clock), places, patience),
        };
        Self {
            user: match &shared {
                Some((user, pace)) => gate_of_user.shared_with(Remote {
                    pace: Arc::clone(pace),
                    budget: format!("user:{}@{}", user.user_id, user.instance).into(),
                    with_places: true,
                }),
                None => gate_of_user,
            },
            shared,
            clock,
            instance,
            endpoints: Mutex::new(EndpointLimits::new(publishes)),
            patience,
            party: new_party(),
        }
    }

    /// Waits until a request may leave.
    ///
    /// # Errors
    /// It would have to wait longer than this lane is ready to; never for a job that is patient.
    pub(crate) async fn pass(
        &self,
        lane: Lane,
        job: &Job,
        method: &Method,
        path: &str,
    ) -> Result<Pass, Waiting> {
        loop {
            match self.try_to_pass(lane, job, method, path).await {
                Err(waiting) if job.is_patient => {
                    let at_endpoint = matches!(waiting.reason, WaitReason::Endpoint(_));
                    let _seen = at_endpoint
                        .then(|| WaitsAtEndpoint::begin(self, EndpointKey::of(method, path), lane));
                    let left = waiting.until.since(self.clock.now());
                    self.clock.sleep(left.clamp(LOOKS_AFTER, LOOKS_WITHIN)).await;
                }
                passed => return passed,
            }
        }
    }

    async fn try_to_pass(&self, lane: Lane, job: &Job, method: &Method, path: &str) -> Result<Pass, Waiting> {
        let key = EndpointKey::of(method, path);
        let own = match &job.gate {
            Some(gate) => Some(gate.pass(lane, 0).await.map_err(|shut| self.tell(shut))?),
            None => None,
        };
        let counted = self.pass_endpoint(key, lane).await?;
        let user = self
            .user
            .pass(lane, job.party)
            .await
            .map_err(|shut| self.tell(shut))?;
        let instance = self
            .instance
            .pass(lane, self.party)
            .await
            .map_err(|shut| self.tell(of_the_instance(shut)))?;
        counted.has_left();
        Ok(Pass {
            key,
            _job: own,
            serial: user.serial(),
            at: self.clock.monotonic(),
            user: Some(user),
            _instance: instance,
        })
    }

    /// Learns from the head of an answer to a request that was let through. For a 429 it returns until when
    /// to wait.
    ///
    /// `gitlab_now` is what GitLab's clock showed at least when the answer came, in Unix milliseconds.
    pub(crate) fn learn(
        &self,
        pass: &Pass,
        status: StatusCode,
        headers: &HeaderMap,
        gitlab_now: i64,
    ) -> Option<Waiting> {
        let report = QuotaReport::read(headers, gitlab_now);
        let refusal = Refusal::read(status, headers, report.as_ref());
        let now = self.clock.monotonic();
        let shut = match refusal {
            Some(Refusal::Throttle(wait)) => {
                self.user.shut(now + wait, WaitReason::Throttled);
                if let Some((user, pace)) = &self.shared {
                    pace.tell_shut(user, wait);
                }
                Some((now + wait, WaitReason::Throttled))
            }
            Some(Refusal::Endpoint(wait)) => {
                let mut endpoints = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
                let until = endpoints.refused(pass.key, nanos(now), nanos(wait));
                Some((Duration::from_nanos(until), WaitReason::Endpoint(pass.key.class)))
            }
            None => None,
        };
        // Nobody leaves between the refusal and its lesson: the gate is shut already.
        self.user.learn(&News {
            serial: pass.serial,
            report: report.as_ref(),
            silent: !mentions_a_throttle(headers),
            refused: match refusal {
                Some(Refusal::Throttle(wait)) => Some(nanos(wait)),
                _ => None,
            },
            took: nanos(now.saturating_sub(pass.at)),
        });
        if let (Some(report), Some((user, pace))) = (report.filter(QuotaReport::is_scarce), &self.shared) {
            pace.tell_quota(user, &report);
        }
        let (until, reason) = shut?;
        let waiting = self.tell(Shut { until, reason });
        tracing::info!(until = %waiting.until, "GitLab refused a request for now: {reason}");
        Some(waiting)
    }

    /// Another process was asked by GitLab to wait for so long.
    pub(crate) fn shut_elsewhere(&self, wait: Duration) {
        let until = self.clock.monotonic() + wait.min(LONGEST_WAIT);
        self.user.shut(until, WaitReason::Throttled);
    }

    /// Another process was told how little is left of the window.
    pub(crate) fn heed_quota(&self, left: &QuotaReport) {
        self.user.heed(&left.bounded());
    }

    /// A job of this user, which takes turns with the others and has limits of its own.
    pub(crate) fn job(&self, limits: JobLimits) -> Job {
        Job::new(Arc::clone(&self.clock), limits, self.patience)
    }

    /// What is known of limits that GitLab counts by the hour or the day.
    pub(crate) fn long_limits(&self) -> Vec<LongLimit> {
        let now = self.moment();
        let endpoints = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        endpoints.long(now)
    }

    /// Takes in what was learned of them elsewhere.
    pub(crate) fn heed(&self, limits: &[LongLimit]) {
        let now = self.moment();
        let mut endpoints = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        endpoints.heed(limits, now);
    }

    fn moment(&self) -> Moment {
        Moment::new(nanos(self.clock.monotonic()), self.clock.now())
    }

    /// What the lane is held back by at this moment beyond its ordinary rate; `None` when it flows.
    pub(crate) fn waiting(&self, lane: Lane) -> Option<Waiting> {
        let whole = self
            .user
            .waiting(lane)
            .or_else(|| self.instance.waiting(lane).map(of_the_instance));
        let shut = whole.or_else(|| {
            let endpoints = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
            let (key, until) = endpoints.waiting(lane, nanos(self.clock.monotonic()))?;
            Some(Shut {
                until: Duration::from_nanos(until),
                reason: WaitReason::Endpoint(key.class),
            })
        });
        shut.map(|shut| self.tell(shut))
    }

    /// Nothing but places holds requests of this lane back at this moment.
    pub(crate) fn flows(&self, lane: Lane, job: &Job) -> bool {
        let mut gates = [&self.user, &*self.instance].into_iter().chain(&job.gate);
        gates.all(Gate::is_unlimited) && self.waiting(lane).is_none()
    }

    /// Forgetting this budget would forget nothing that matters.
    pub(crate) fn is_idle(&self) -> bool {
        self.user.is_idle() && self.waiting(Lane::Jobs).is_none()
    }

    async fn pass_endpoint(&self, key: EndpointKey, lane: Lane) -> Result<Counted<'_>, Waiting> {
        loop {
            let now = self.clock.monotonic();
            let passed = {
                let mut endpoints = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
                endpoints.pass(key, lane, nanos(now))
            };
            let Err(until) = passed else {
                return Ok(Counted {
                    budget: self,
                    key,
                    at: nanos(now),
                });
            };
            let until = Duration::from_nanos(until);
            let patience = match lane {
                Lane::People => self.patience.people,
                Lane::Jobs => self.patience.jobs,
            };
            let wait = until.saturating_sub(now);
            if wait > patience {
                return Err(self.tell(Shut {
                    until,
                    reason: WaitReason::Endpoint(key.class),
                }));
            }
            let _seen = WaitsAtEndpoint::begin(self, key, lane);
            self.clock.sleep(wait).await;
        }
    }

    fn tell(&self, shut: Shut) -> Waiting {
        let wait = shut.until.saturating_sub(self.clock.monotonic());
        Waiting {
            until: self.clock.now().plus(wait),
            reason: shut.reason,
        }
    }
}

fn of_the_instance(shut: Shut) -> Shut {
    Shut {
        reason: WaitReason::Instance,
        ..shut
    }
}

/// A request that its endpoint has counted. Dropped before it leaves, it is not counted any more.
struct Counted<'a> {
    budget: &'a Budget,
    key: EndpointKey,
    at: u64,
}

impl Counted<'_> {
    fn has_left(self) {
        std::mem::forget(self);
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        let mut endpoints = self
            .budget
            .endpoints
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        endpoints.not_sent(self.key, self.at);
    }
}

impl Pass {
    /// Lets the user's next request go, though this one's answer is still being read. The connection stays
    /// counted.
    pub(crate) fn give_place_back(&mut self) {
        self.user = None;
    }
}

/// Makes it visible that somebody waits at an endpoint, for as long as it lives.
struct WaitsAtEndpoint<'a> {
    budget: &'a Budget,
    key: EndpointKey,
    lane: Lane,
}

impl<'a> WaitsAtEndpoint<'a> {
    fn begin(budget: &'a Budget, key: EndpointKey, lane: Lane) -> Self {
        let this = Self { budget, key, lane };
        this.tell(true);
        this
    }

    fn tell(&self, begins: bool) {
        let mut endpoints = self
            .budget
            .endpoints
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        endpoints.waits(self.key, self.lane, begins);
    }
}

impl Drop for WaitsAtEndpoint<'_> {
    fn drop(&mut self) {
        self.tell(false);
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget")
            .field("user", &self.user)
            .field("instance", &self.instance)
            .finish_non_exhaustive()
    }
}

/// A number that no other party has.
fn new_party() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

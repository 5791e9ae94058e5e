//! The instance: its state, its clock, and what the control calls steer.

use std::fmt::Write;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::background::Background;
use crate::clock::Clock;
use crate::control::{Faults, Journal, Limits, Stats};
use crate::hooks::{Courier, Newsroom};
use crate::options::{EstateOptions, Tier};
use crate::seed;
use crate::state::{ProjectAt, SortedLists, State};
use crate::time_text::Moment;

/// What bodies say about the instance itself.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// `http://127.0.0.1:8929`, without a trailing slash.
    pub(crate) url: String,
    /// The part after the scheme, for clone addresses.
    pub(crate) host: String,
    pub(crate) tier: Tier,
}

impl Site {
    pub(crate) fn new(url: &str, tier: Tier) -> Self {
        let url = url.trim_end_matches('/').to_owned();
        let host = url
            .split_once("://")
            .map_or(url.as_str(), |(_, host)| host)
            .to_owned();
        Self { url, host, tier }
    }
}

/// GitLab's version that is pretended.
pub(crate) const VERSION: &str = "18.9.1";

/// A century: later than that, dates would soon have five digits for the year.
const FARTHEST_AHEAD: i64 = 100 * 365 * 24 * 60 * 60 * 1_000;

/// Everything behind the listening address.
#[derive(Debug)]
pub(crate) struct Instance {
    pub(crate) site: Site,
    pub(crate) clock: Arc<dyn Clock>,
    /// How far the control calls have put time ahead of the clock, in milliseconds.
    ahead: AtomicI64,
    pub(crate) lists: SortedLists,
    pub(crate) limits: Limits,
    pub(crate) faults: Faults,
    pub(crate) stats: Stats,
    pub(crate) journal: Journal,
    /// Takes along what hooks are told.
    pub(crate) courier: Courier,
    pub(crate) control_token: Option<String>,
    pub(crate) request_ids: RequestIds,
    /// Cancelled when the simulator stops.
    pub(crate) stopping: CancellationToken,
    /// Cancelled when the last connection has ended after that.
    pub(crate) drained: CancellationToken,
    /// Told whenever background work is due earlier than it was.
    pub(crate) work_given: Notify,
    state: RwLock<State>,
    estate: RwLock<EstateOptions>,
    background: RwLock<Background>,
    /// When background work is due next, in milliseconds; asked on every request without a lock.
    next_work: AtomicI64,
}

impl Instance {
    pub(crate) fn new(
        site: Site,
        clock: Arc<dyn Clock>,
        state: State,
        estate: EstateOptions,
        control_token: Option<String>,
        background: Background,
    ) -> Self {
        let mut state = state;
        state.newsroom = Newsroom::of(&site);
        state.watch();
        let next_work = AtomicI64::new(next_work(&state));
        let limits = Limits::default();
        limits.follow(state.settings());
        Self {
            site,
            clock,
            ahead: AtomicI64::new(0),
            lists: SortedLists::default(),
            limits,
            faults: Faults::new(estate.seed),
            stats: Stats::default(),
            journal: Journal::default(),
            courier: Courier::default(),
            control_token,
            request_ids: RequestIds::default(),
            stopping: CancellationToken::new(),
            drained: CancellationToken::new(),
            work_given: Notify::new(),
            state: RwLock::new(state),
            estate: RwLock::new(estate),
            background: RwLock::new(background),
            next_work,
        }
    }

    pub(crate) fn now(&self) -> Moment {
        Moment(self.clock.now_millis() + self.ahead.load(Ordering::Acquire))
    }

    /// Lets that much time pass at once.
    pub(crate) fn forward(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        let step = |ahead: i64| Some(ahead.saturating_add(millis).min(FARTHEST_AHEAD));
        let _ = self.ahead.fetch_update(Ordering::AcqRel, Ordering::Acquire, step);
        self.work_given.notify_one();
    }

    /// The state, to look at.
    pub(crate) fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps an image with these tags in the registry of a project, as `docker push` does; `false` where there is no
    /// project of that full path.
    pub(crate) fn push_image(&self, project: &str, name: &str, tags: &[String]) -> bool {
        let now = self.now();
        let mut state = self.change();
        let Some(ProjectAt::Here(project)) = state.tree.project_at(project) else {
            return false;
        };
        state.push_image(project, name, tags, now);
        true
    }

    /// The state, to change.
    pub(crate) fn change(&self) -> Changes<'_> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.epoch += 1;
        state.newsroom.set_now(self.now());
        Changes {
            state,
            next_work: &self.next_work,
            work_given: &self.work_given,
        }
    }

    /// Whether background work is due by now.
    pub(crate) fn has_work(&self, now: Moment) -> bool {
        self.next_work.load(Ordering::Acquire) <= now.0
    }

    /// How long until background work is due; none while there is none.
    pub(crate) fn until_work(&self) -> Option<Duration> {
        let next = self.next_work.load(Ordering::Acquire);
        let millis = next.saturating_sub(self.now().0).max(0);
        (next != i64::MAX).then(|| Duration::from_millis(millis.unsigned_abs()))
    }

    /// How long background work waits for its turn.
    pub(crate) fn background(&self) -> Background {
        *self.background.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the estate was last made from.
    pub(crate) fn estate(&self) -> EstateOptions {
        *self.estate.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// A fresh estate, and everything the control calls set or count forgotten.
    pub(crate) fn reset(&self, estate: EstateOptions) {
        let fresh = seed::estate(estate);
        {
            let mut state = self.change();
            let epoch = state.epoch;
            let newsroom = Newsroom::of(&self.site);
            *state = State {
                newsroom,
                epoch,
                ..fresh
            };
        }
        *self.estate.write().unwrap_or_else(PoisonError::into_inner) = estate;
        self.ahead.store(0, Ordering::Release);
        self.faults.reset(estate.seed);
        self.limits.reset();
        self.limits.follow(self.state().settings());
        self.stats.reset();
        self.journal.reset();
        self.courier.reset();
    }
}

/// The state while one request changes it.
#[derive(Debug)]
pub(crate) struct Changes<'a> {
    state: RwLockWriteGuard<'a, State>,
    next_work: &'a AtomicI64,
    work_given: &'a Notify,
}

/// When background work is due next, in milliseconds; the end of time when there is none.
fn next_work(state: &State) -> i64 {
    if state.newsroom.has_letters() {
        return i64::MIN;
    }
    state.belongings.due.next().map_or(i64::MAX, |moment| moment.0)
}

impl Drop for Changes<'_> {
    fn drop(&mut self) {
        self.state.report();
        self.state.watch();
        let next = next_work(&self.state);
        if next < self.next_work.swap(next, Ordering::AcqRel) {
            self.work_given.notify_one();
        }
    }
}

impl Deref for Changes<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}

impl DerefMut for Changes<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.state
    }
}

/// Ids of 26 characters that sort by time, as GitLab's do.
#[derive(Debug, Default)]
pub(crate) struct RequestIds(AtomicU64);

impl RequestIds {
    pub(crate) fn next(&self, now: Moment) -> String {
        const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let count = self.0.fetch_add(1, Ordering::Relaxed);
        let time = now.0.unsigned_abs();
        let mut id = String::with_capacity(26);
        let digits = |number: u64, width: u32| {
            (0..width).rev().map(move |at| {
                let shifted = number.checked_shr(at * 5).unwrap_or(0);
                char::from(DIGITS[usize::try_from(shifted & 31).unwrap_or(0)])
            })
        };
        id.extend(digits(time, 10));
        let _ = id.write_str("SM");
        id.extend(digits(count, 14));
        id
    }
}

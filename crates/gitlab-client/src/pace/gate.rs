use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use domain::Clock;
use futures::future::{self, Either};
use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};

use super::answer_headers::QuotaReport;
use super::auto::{Auto, News};
use super::book::{Book, Entry};
use super::meter::Meter;
use super::quota::Quota;
use super::shared::{Lanes, Remote};
use super::turns::Turns;
use super::{Lane, WaitReason, nanos};

/// The shortest window that a limiter counts in. While nothing is known of an instance, the rate has to fit into it.
const SHORTEST_WINDOW: u64 = 1_000_000_000;

/// So long after somebody was here, the places of people are lent to jobs.
const NOBODY_FOR: Duration = Duration::from_secs(2);
/// Only while answers to jobs come at least so often: who takes a place back then waits for the next of them.
const ANSWERS_WITHIN: Duration = Duration::from_millis(500);
/// A person whose place is lent, and not given back so long, goes without.
const GIVEN_BACK_WITHIN: Duration = Duration::from_millis(500);

/// One place where requests queue: a rate, places for requests in flight, and two lanes.
///
/// People are always let through before jobs, and some places are theirs alone. Within a lane several parties
/// (jobs) take turns, and within a party it is first come, first served. Whoever is let through holds a [`Permit`] until the answer is there.
///
/// Cheap where nobody waits: one short lock, no task, no timer. While somebody waits for time to pass, one
/// task per gate sleeps until the next one may go.
pub(crate) struct Gate {
    shared: Arc<Shared>,
}

/// A place at a gate, given back when dropped.
pub(crate) struct Permit {
    shared: Option<Arc<Shared>>,
    lane: Lane,
    serial: u64,
}

/// The gate stays shut for longer than the caller would wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shut {
    /// Until when, on the monotonic clock.
    pub(crate) until: Duration,
    pub(crate) reason: WaitReason,
}

/// How many requests may be under way at a gate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places {
    /// All lanes together; at least one.
    all: u32,
    /// For people; at least one.
    people: u32,
    /// For jobs; at least one. Where people come too it is less than `all`, so that they find a place.
    jobs: u32,
    /// For jobs while nobody else comes, those of people included.
    lent: u32,
}

/// How long each lane waits for a shut gate before it is told so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    pub(crate) people: Duration,
    pub(crate) jobs: Duration,
}

struct Shared {
    clock: Arc<dyn Clock>,
    places: Places,
    patience: Patience,
    state: Mutex<State>,
    /// Told when the next opening has moved nearer than the task sleeps.
    sooner: Notify,
    /// Where the task runs: where the first one waited. A permit may be dropped anywhere.
    runtime: OnceLock<Handle>,
}

struct State {
    meter: Meter,
    /// What is shared with other processes, if anything is.
    book: Option<Book>,
    /// Sets the meter, unless its rate was configured.
    auto: Option<Auto>,
    /// How many were ever let through.
    granted: u64,
    in_flight: u32,
    jobs_in_flight: u32,
    /// When somebody was here who is no job.
    person_at: Option<u64>,
    /// When the last request of a job was over.
    job_over_at: Option<u64>,
    quota: Option<Quota>,
    shut: Option<(u64, WaitReason)>,
    people: Turns<Waiter>,
    jobs: Turns<Waiter>,
    /// Until when the task sleeps; `None` while there is none.
    task: Option<u64>,
}

type Waiter = oneshot::Sender<Result<Permit, Shut>>;

enum Admission {
    Now,
    /// Not before this moment.
    At(u64, WaitReason),
    /// When a place is given back.
    Full,
    /// The other processes have to be asked, not before this moment.
    Ask(u64),
}

impl Places {
    /// `all` requests in flight, of which a tenth, at least one, is kept for people. One place is enough for
    /// whoever looks at a screen: people go before jobs at every place that is given back.
    ///
    /// One place alone cannot be shared without making people wait for a job's long transfer: then jobs and
    /// people have one each.
    pub(crate) fn of(all: u32) -> Self {
        match all.max(1) {
            1 => Self {
                all: 2,
                people: 1,
                jobs: 1,
                lent: 1,
            },
            all => {
                let jobs = all - (all / 10).max(1);
                Self {
                    all,
                    people: all,
                    jobs,
                    lent: jobs,
                }
            }
        }
    }

    /// The same; but where no rate holds jobs back, they have all places while nobody else comes. Whoever comes gets
    /// the next that is given back, and those after it stay theirs for a while.
    pub(crate) fn lending(self) -> Self {
        Self {
            lent: if self.people == self.all {
                self.all
            } else {
                self.jobs
            },
            ..self
        }
    }

    /// Requests in flight, of all lanes together.
    pub(crate) fn all(self) -> u32 {
        self.all
    }

    /// Requests of jobs in flight.
    pub(crate) fn for_jobs(self) -> u32 {
        self.jobs
    }

    /// One of so many equal parts; in each of them is one place for every lane.
    fn part_of(self, parts: u32) -> Self {
        let jobs = (self.jobs / parts).max(1);
        Self {
            all: (self.all / parts).max(jobs + 1).min(self.all),
            people: (self.people / parts).max(1),
            jobs,
            lent: jobs,
        }
    }

    /// `all` requests in flight, whoever makes them.
    pub(crate) fn undivided(all: u32) -> Self {
        let all = all.max(1);
        Self {
            all,
            people: all,
            jobs: all,
            lent: all,
        }
    }
}

impl Gate {
    pub(crate) fn new(
        clock: Arc<dyn Clock>,
        per_second: Option<f64>,
        places: Places,
        patience: Patience,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                clock,
                places,
                patience,
                state: Mutex::new(State {
                    meter: Meter::new(per_second),
                    book: None,
                    auto: None,
                    granted: 0,
                    in_flight: 0,
                    jobs_in_flight: 0,
                    person_at: None,
                    job_over_at: None,
                    quota: None,
                    shut: None,
                    people: Turns::new(),
                    jobs: Turns::new(),
                    task: None,
                }),
                sooner: Notify::new(),
                runtime: OnceLock::new(),
            }),
        }
    }

    /// A gate whose rate is what the instance turns out to let through.
    pub(crate) fn automatic(clock: Arc<dyn Clock>, places: Places, patience: Patience) -> Self {
        let auto = Auto::new();
        let gate = Self::new(clock, Some(auto.rate()), places, patience);
        {
            let mut state = gate.shared.lock();
            state.meter.fit_into(SHORTEST_WINDOW);
            state.auto = Some(auto);
        }
        gate
    }

    /// The same gate, of which other processes have one as well: what passes at all of them together is what may
    /// pass.
    pub(crate) fn shared_with(mut self, remote: Remote) -> Self {
        if let Some(shared) = Arc::get_mut(&mut self.shared).filter(|_| remote.with_places) {
            // Nobody here knows whether people come elsewhere.
            shared.places.lent = shared.places.jobs;
        }
        self.shared.lock().book = Some(Book::new(remote));
        self
    }

    /// Waits for a place and for the rate. May be dropped at any point without losing either.
    ///
    /// # Errors
    /// The gate is shut for longer than this lane waits.
    pub(crate) async fn pass(&self, lane: Lane, party: u64) -> Result<Permit, Shut> {
        let mut granted = {
            let now = self.shared.now();
            let mut state = self.shared.lock();
            if lane == Lane::People {
                state.person_at = Some(now);
            }
            state.forget_lost_turns(now);
            let nobody_before = state.people.is_empty() && (lane == Lane::People || state.jobs.is_empty());
            let admission = state.admission(lane, now, self.shared.places);
            match admission {
                Admission::Now if nobody_before => {
                    let permit = state.grant(&self.shared, lane, now);
                    if state.book.is_some() {
                        self.shared.runtime.get_or_init(Handle::current);
                        self.shared.let_through(&mut state, now);
                    }
                    return Ok(permit);
                }
                Admission::At(at, reason) if self.shared.beyond_patience(lane, at, now) => {
                    return Err(Shut {
                        until: Duration::from_nanos(at),
                        reason,
                    });
                }
                _ => {}
            }
            state.note(&admission, now);
            self.shared.runtime.get_or_init(Handle::current);
            let (grant, granted) = oneshot::channel();
            state.queue(lane).push(party, grant);
            self.shared.let_through(&mut state, now);
            granted
        };
        let may_go_without = lane == Lane::People && self.shared.places.lent > self.shared.places.jobs;
        let granted = loop {
            if !may_go_without {
                break granted.await;
            }
            match future::select(&mut granted, self.shared.clock.sleep(GIVEN_BACK_WITHIN)).await {
                Either::Left((granted, _)) => break granted,
                // What is handed over in this very moment goes back when it is dropped.
                Either::Right(_) => {
                    if let Some(permit) = self.shared.go_without() {
                        return Ok(permit);
                    }
                }
            }
        };
        match granted {
            Ok(outcome) => outcome,
            // Cannot happen: the queue lives as long as this gate, and its entries are always answered.
            Err(_) => Err(Shut {
                until: self.shared.clock.monotonic(),
                reason: WaitReason::Rate,
            }),
        }
    }

    /// Takes in what an answer said about the limit.
    pub(crate) fn learn(&self, news: &News<'_>) {
        let now = self.shared.now();
        let mut state = self.shared.lock();
        if let Some(report) = news.report {
            let (serial, sent) = (news.serial, state.granted);
            state.quota = Some(Quota::learn(state.quota, report, now, serial, sent));
            state.meter.fit_into(nanos(report.period()));
        }
        if let Some(auto) = &mut state.auto {
            auto.answered(now, news);
            let (rate, kept) = (auto.rate(), auto.keeps_to_what_is_told(now));
            state.meter.set(rate);
            if let Some(quota) = &mut state.quota {
                quota.leave_the_end_to_the_rate(kept.then_some(news.took));
            }
        }
        if state.anybody_waits() {
            // The new window may have begun earlier than the old report led us to think.
            self.shared.let_through(&mut state, now);
        }
    }

    /// Takes in what an answer told another process about the limit. What is in flight here GitLab may not have counted.
    pub(crate) fn heed(&self, report: &QuotaReport) {
        let now = self.shared.now();
        let mut state = self.shared.lock();
        let in_flight = u64::from(state.in_flight);
        let sent = state.granted;
        state.quota = Some(Quota::heed(state.quota, report, now, in_flight, sent));
        // Those whose patience this exceeds are told now.
        self.shared.let_through(&mut state, now);
    }

    /// Lets nobody through before `until`. A gate that is shut for longer already stays so.
    pub(crate) fn shut(&self, until: Duration, reason: WaitReason) {
        let until = nanos(until);
        let now = self.shared.now();
        let mut state = self.shared.lock();
        if state.shut.is_none_or(|(before, _)| before < until) {
            state.shut = Some((until, reason));
        }
        // Those whose patience this exceeds are told now and not when it opens.
        self.shared.let_through(&mut state, now);
    }

    /// Until when, and why, this lane would have to wait longer than for the ordinary rate.
    pub(crate) fn waiting(&self, lane: Lane) -> Option<Shut> {
        let now = self.shared.now();
        let state = self.shared.lock();
        state.shut_until(lane, now).map(|(until, reason)| Shut {
            // Not until the first of the next few, which go just before the window ends.
            until: Duration::from_nanos(match (reason, &state.quota) {
                (WaitReason::QuotaUsedUp, Some(quota)) => quota.ends,
                _ => until,
            }),
            reason,
        })
    }

    /// There is no rate here, and none that the instance tells of.
    pub(crate) fn is_unlimited(&self) -> bool {
        self.shared.lock().is_unlimited()
    }

    /// Nobody holds a permit, waits, or has to be held back: forgetting this gate forgets nothing.
    pub(crate) fn is_idle(&self) -> bool {
        let now = self.shared.now();
        let state = self.shared.lock();
        state.in_flight == 0
            && !state.anybody_waits()
            && state.meter.opens(false) <= now
            && state.shut_until(Lane::Jobs, now).is_none()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        nanos(self.clock.monotonic())
    }

    /// A place beyond the number, for a person who waits for one that is lent: what has it takes long.
    fn go_without(self: &Arc<Self>) -> Option<Permit> {
        let now = self.now();
        let mut state = self.lock();
        let is_lent = state.jobs_in_flight > self.places.jobs;
        let beyond = Places {
            all: u32::MAX,
            ..self.places
        };
        match state.admission(Lane::People, now, beyond) {
            Admission::Now if is_lent && state.in_flight <= self.places.all => {
                Some(state.grant(self, Lane::People, now))
            }
            _ => None,
        }
    }

    fn beyond_patience(&self, lane: Lane, at: u64, now: u64) -> bool {
        let patience = match lane {
            Lane::People => self.patience.people,
            Lane::Jobs => self.patience.jobs,
        };
        at.saturating_sub(now) > nanos(patience)
    }

    /// Lets through whoever may go now. Returns when to look again.
    fn next(self: &Arc<Self>, state: &mut State, now: u64) -> Option<u64> {
        let goes_on = self.advance(state, now);
        let in_flight = state.in_flight;
        let tells = state.book.as_ref().and_then(|book| book.tells_at(in_flight));
        if tells.is_some_and(|at| at <= now) {
            self.begin_asking(state, now);
            return goes_on;
        }
        match (goes_on, tells) {
            (Some(goes_on), Some(tells)) => Some(goes_on.min(tells)),
            (goes_on, tells) => goes_on.or(tells),
        }
    }

    /// Lets through whoever may go now, and sees to it that somebody looks again when the next one may.
    fn let_through(self: &Arc<Self>, state: &mut State, now: u64) {
        let Some(at) = self.next(state, now) else {
            return;
        };
        match state.task {
            None => {
                if let Some(runtime) = self.runtime.get() {
                    state.task = Some(at);
                    runtime.spawn(Arc::clone(self).look_again());
                }
            }
            Some(sleeps_until) if at < sleeps_until => {
                state.task = Some(at);
                self.sooner.notify_one();
            }
            Some(_) => {}
        }
    }

    /// Serves the queues as far as possible. Returns when to go on if only time is in the way.
    fn advance(self: &Arc<Self>, state: &mut State, now: u64) -> Option<u64> {
        state.forget_lost_turns(now);
        loop {
            state.people.pop_while(oneshot::Sender::is_closed);
            state.jobs.pop_while(oneshot::Sender::is_closed);
            let first = if state.people.is_empty() {
                Lane::Jobs
            } else {
                Lane::People
            };
            let (lane, admission) = match state.admission(first, now, self.places) {
                // People have all their places; that is no reason to leave a job's place empty.
                Admission::Full if first == Lane::People => {
                    (Lane::Jobs, state.admission(Lane::Jobs, now, self.places))
                }
                admission => (first, admission),
            };
            if !state.queue(lane).is_empty() {
                state.note(&admission, now);
            }
            if state.queue(lane).is_empty() {
                return None;
            }
            match admission {
                Admission::Now => {
                    if let Some(waiter) = state.queue(lane).pop() {
                        let permit = state.grant(self, lane, now);
                        if let Err(Ok(unwanted)) = waiter.send(Ok(permit)) {
                            // Gone in this very moment. Its place is free again; the lock is ours, so not by `drop`.
                            unwanted.forget(state);
                        }
                    }
                }
                Admission::At(at, reason) if self.beyond_patience(lane, at, now) => {
                    if let Some(waiter) = state.queue(lane).pop() {
                        let _ = waiter.send(Err(Shut {
                            until: Duration::from_nanos(at),
                            reason,
                        }));
                    }
                }
                Admission::At(at, _) => return Some(at),
                Admission::Full => return None,
                Admission::Ask(at) if at > now => return Some(at),
                Admission::Ask(_) => {
                    self.begin_asking(state, now);
                    // Who is let through by the answer is let through by whoever takes it in.
                    return None;
                }
            }
        }
    }

    /// Asks the other processes for turns and places, unless that is being done.
    fn begin_asking(self: &Arc<Self>, state: &mut State, now: u64) {
        let (in_flight, waiting) = (state.lanes_in_flight(), state.lanes_waiting());
        let meter = state.meter;
        let (Some(book), Some(runtime)) = (&mut state.book, self.runtime.get()) else {
            return;
        };
        if book.is_asking() {
            return;
        }
        let tolerances = (meter.catch_up(), meter.people_ahead());
        let wish = book.wish(meter.interval(), tolerances, self.places, in_flight, waiting, now);
        let (pace, this) = (Arc::clone(&book.remote().pace), Arc::clone(self));
        runtime.spawn(async move {
            let answer = pace.reserve(&wish).await;
            let now = this.now();
            let mut state = this.lock();
            if let Some(book) = &mut state.book {
                book.answered(&wish, answer, now);
            }
            this.let_through(&mut state, now);
        });
    }

    /// The task of a gate where somebody waits for time: sleeps, lets through, and ends with the last one.
    async fn look_again(self: Arc<Self>) {
        loop {
            let Some(at) = self.lock().task else { return };
            let pause = Duration::from_nanos(at.saturating_sub(self.now()));
            let sooner = std::pin::pin!(self.sooner.notified());
            if let Either::Right(_) = future::select(self.clock.sleep(pause), sooner).await {
                continue;
            }
            let now = self.now();
            let mut state = self.lock();
            let next = self.next(&mut state, now);
            state.task = next;
            // Decided under the lock: whoever comes now starts the next task.
            if next.is_none() {
                return;
            }
        }
    }
}

impl State {
    fn anybody_waits(&self) -> bool {
        !(self.people.is_empty() && self.jobs.is_empty())
    }

    fn queue(&mut self, lane: Lane) -> &mut Turns<Waiter> {
        match lane {
            Lane::People => &mut self.people,
            Lane::Jobs => &mut self.jobs,
        }
    }

    /// The book, while it counts.
    fn open_book(&self) -> Option<&Book> {
        self.book.as_ref().filter(|book| book.is_open())
    }

    /// In how many parts the budget is divided: one, unless other processes share it and cannot be asked.
    fn parts(&self) -> u32 {
        match &self.book {
            Some(book) if !book.is_open() => book.remote().pace.processes().max(1),
            _ => 1,
        }
    }

    fn forget_lost_turns(&mut self, now: u64) {
        let late = self.meter.catch_up();
        if let Some(book) = &mut self.book {
            book.forget_before(now.saturating_sub(late));
        }
    }

    fn lanes_in_flight(&self) -> Lanes {
        Lanes {
            people: self.in_flight - self.jobs_in_flight,
            jobs: self.jobs_in_flight,
        }
    }

    fn lanes_waiting(&self) -> Lanes {
        let count = |waiters: &Turns<Waiter>| u32::try_from(waiters.len()).unwrap_or(u32::MAX);
        Lanes {
            people: count(&self.people),
            jobs: count(&self.jobs),
        }
    }

    fn admission(&self, lane: Lane, now: u64, places: Places) -> Admission {
        if let Some((until, reason)) = self.shut_until(lane, now) {
            return Admission::At(until, reason);
        }
        let places = match self.parts() {
            1 => places,
            parts if self.book.as_ref().is_some_and(|book| book.remote().with_places) => {
                places.part_of(parts)
            }
            _ => places,
        };
        let own_places_taken = match lane {
            Lane::People => self.in_flight - self.jobs_in_flight >= places.people,
            Lane::Jobs => self.jobs_in_flight >= self.for_jobs(now, places),
        };
        let full = own_places_taken || self.in_flight >= places.all;
        if full {
            return Admission::Full;
        }
        let opens = match self.open_book() {
            None => self.meter.opens(lane == Lane::People),
            Some(book) => {
                if let Entry::Ask(at) = book.place(lane, self.lanes_in_flight(), now) {
                    return Admission::Ask(at);
                }
                let ahead = match lane {
                    Lane::People => self.meter.people_ahead(),
                    Lane::Jobs => 0,
                };
                match book.turn(lane, ahead) {
                    _ if self.meter.is_unlimited() => now,
                    Entry::At(at) => at,
                    Entry::Ask(at) if at > now => return Admission::At(at, WaitReason::Rate),
                    Entry::Ask(at) => return Admission::Ask(at),
                }
            }
        };
        if opens > now {
            Admission::At(opens, WaitReason::Rate)
        } else {
            Admission::Now
        }
    }

    fn is_unlimited(&self) -> bool {
        self.auto.is_none() && self.quota.is_none() && self.meter.is_unlimited()
    }

    /// How many requests of jobs may be under way.
    fn for_jobs(&self, now: u64, places: Places) -> u32 {
        let ago = |at: u64| now.saturating_sub(at);
        let nobody_comes =
            self.people.is_empty() && self.person_at.is_none_or(|at| ago(at) >= nanos(NOBODY_FOR));
        let answers_come = self
            .job_over_at
            .is_some_and(|at| ago(at) <= nanos(ANSWERS_WITHIN));
        if nobody_comes && answers_come && self.is_unlimited() {
            places.lent
        } else {
            places.jobs
        }
    }

    fn shut_until(&self, lane: Lane, now: u64) -> Option<(u64, WaitReason)> {
        let shut = self.shut.filter(|(until, _)| *until > now);
        let spent = self
            .quota
            .and_then(|quota| quota.spent_until(lane == Lane::People, now))
            .map(|until| (until, WaitReason::QuotaUsedUp));
        match (shut, spent) {
            (Some(shut), Some(spent)) => Some(if shut.0 >= spent.0 { shut } else { spent }),
            (shut, spent) => shut.or(spent),
        }
    }

    /// Tells who finds the rate how it is used.
    fn note(&mut self, admission: &Admission, now: u64) {
        if let (Some(auto), Admission::At(_, WaitReason::Rate)) = (&mut self.auto, admission) {
            auto.held_back(now);
        }
    }

    fn grant(&mut self, shared: &Arc<Shared>, lane: Lane, now: u64) -> Permit {
        match self.parts() {
            1 => self.meter.take(now),
            parts => self.meter.take_one_of(now, parts),
        }
        if let Some(book) = &mut self.book {
            book.use_turn();
        }
        if let Some(auto) = &mut self.auto {
            auto.sent();
        }
        self.granted += 1;
        if let Some(quota) = &mut self.quota {
            quota.take();
        }
        self.in_flight += 1;
        self.jobs_in_flight += u32::from(lane == Lane::Jobs);
        Permit {
            shared: Some(Arc::clone(shared)),
            lane,
            serial: self.granted,
        }
    }

    fn give_back(&mut self, lane: Lane) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if lane == Lane::Jobs {
            self.jobs_in_flight = self.jobs_in_flight.saturating_sub(1);
        }
    }
}

impl Permit {
    /// How many had been let through when this one was, itself included.
    pub(crate) fn serial(&self) -> u64 {
        self.serial
    }

    fn forget(mut self, state: &mut State) {
        self.shared = None;
        state.give_back(self.lane);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Some(shared) = self.shared.take() else { return };
        let now = shared.now();
        let mut state = shared.lock();
        state.give_back(self.lane);
        if self.lane == Lane::Jobs {
            state.job_over_at = Some(now);
        }
        if state.anybody_waits() {
            shared.let_through(&mut state, now);
        }
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared.lock();
        f.debug_struct("Gate")
            .field("in_flight", &state.in_flight)
            .field("people", &state.people.len())
            .field("jobs", &state.jobs.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Permit({:?})", self.lane)
    }
}

#[cfg(test)]
mod elsewhere;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod together;

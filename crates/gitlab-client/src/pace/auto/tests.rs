//! Whole minutes with instances of every kind, on a clock that is moved by hand.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::{Clock, ManualClock, Timestamp};
use tokio::task::yield_now;

use super::*;
use crate::pace::gate::{Gate, Patience, Places};
use crate::pace::{Lane, WaitReason, nanos};

const PATIENT: Patience = Patience {
    people: Duration::from_secs(15),
    jobs: Duration::from_hours(2),
};

/// GitLab's clock when ours begins: in the middle of a minute and of a second.
const BEGAN: u64 = 1_787_137_500 * SECOND + 23 * SECOND + SECOND / 3;

/// A limiter of fixed windows, as GitLab's request throttle counts (GitLab API facts §4.1).
#[derive(Clone, Debug)]
struct Throttle {
    limit: u64,
    period: u64,
    /// Whether it tells what it counts.
    headers: bool,
    /// What other programs of the user ask for, each second.
    others: f64,
    /// Whether its windows begin with those of GitLab's clock.
    shifted: u64,
}

struct Instance {
    throttle: Option<Throttle>,
    window: u64,
    counted: u64,
    others_asked: f64,
    others_until: u64,
    let_through: u64,
    refused: u64,
}

struct Told {
    report: Option<QuotaReport>,
    refused: Option<u64>,
}

impl Instance {
    fn new(throttle: Option<Throttle>) -> Self {
        Self {
            throttle,
            window: 0,
            counted: 0,
            others_asked: 0.0,
            others_until: 0,
            let_through: 0,
            refused: 0,
        }
    }

    fn asked(&mut self, now: u64) -> Told {
        let Some(throttle) = self.throttle.clone() else {
            self.let_through += 1;
            return Told {
                report: None,
                refused: None,
            };
        };
        let gitlab = BEGAN + now + throttle.shifted;
        let window = gitlab / throttle.period;
        let begins = (window * throttle.period).saturating_sub(BEGAN + throttle.shifted);
        if window != self.window {
            self.window = window;
            self.counted = 0;
            self.others_until = begins.max(self.others_until);
        }
        self.others_asked += Duration::from_nanos(now - self.others_until).as_secs_f64() * throttle.others;
        self.others_until = now;
        while self.others_asked >= 1.0 {
            self.others_asked -= 1.0;
            self.counted += 1;
        }
        self.counted += 1;
        let left = (window + 1) * throttle.period - gitlab;
        let over = self.counted > throttle.limit;
        if over {
            self.refused += 1;
        } else {
            self.let_through += 1;
        }
        Told {
            report: throttle.headers.then(|| QuotaReport {
                limit: throttle.limit * 60 * SECOND / throttle.period,
                observed: Some(self.counted),
                remaining: throttle.limit.saturating_sub(self.counted),
                reset_unix: i64::try_from((window + 1) * throttle.period / SECOND).unwrap(),
                // Its clock is known to a few hundredths of a second.
                resets_in: left + SECOND / 25,
            }),
            // In whole seconds, rounded up.
            refused: over.then(|| left.div_ceil(SECOND) * SECOND),
        }
    }
}

struct Trial {
    clock: Arc<ManualClock>,
    gate: Arc<Gate>,
    instance: Arc<Mutex<Instance>>,
    workers: Vec<tokio::task::JoinHandle<()>>,
}

impl Trial {
    /// Jobs that always want more; each request takes `latency`.
    fn begin(throttle: Option<Throttle>, latency: Duration, places: u32) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::from_millis(0)));
        let gate = Gate::automatic(Arc::clone(&clock) as _, Places::of(places), PATIENT);
        let mut trial = Self {
            clock,
            gate: Arc::new(gate),
            instance: Arc::new(Mutex::new(Instance::new(throttle))),
            workers: Vec::new(),
        };
        let uneven = Arc::new(AtomicU32::new(0));
        for _ in 0..places {
            let worker = trial.worker(latency, Arc::clone(&uneven));
            trial.workers.push(tokio::spawn(worker));
        }
        trial
    }

    fn worker(&self, latency: Duration, uneven: Arc<AtomicU32>) -> impl Future<Output = ()> + use<> {
        let (gate, clock) = (Arc::clone(&self.gate), Arc::clone(&self.clock));
        let instance = Arc::clone(&self.instance);
        async move {
            loop {
                let permit = gate.pass(Lane::Jobs, 0).await.unwrap();
                let left = clock.monotonic();
                // Ways of up to a tenth more or less.
                let uneven = f64::from(uneven.fetch_add(7, Ordering::Relaxed) % 11) / 50.0 + 0.9;
                clock.sleep(latency.mul_f64(uneven / 2.0)).await;
                let told = instance.lock().unwrap().asked(nanos(clock.monotonic()));
                clock.sleep(latency.mul_f64(uneven / 2.0)).await;
                if let Some(wait) = told.refused {
                    gate.shut(
                        clock.monotonic() + Duration::from_nanos(wait),
                        WaitReason::Throttled,
                    );
                }
                gate.learn(&News {
                    serial: permit.serial(),
                    report: told.report.as_ref(),
                    silent: told.report.is_none(),
                    refused: told.refused,
                    took: nanos(clock.monotonic().saturating_sub(left)),
                });
                drop(permit);
            }
        }
    }

    /// Lets time pass; every timer fires a millisecond late. Returns how much went through and was refused.
    async fn run(&self, seconds: u64) -> (f64, u64) {
        let counts = || {
            let instance = self.instance.lock().unwrap();
            (instance.let_through, instance.refused)
        };
        let before = counts();
        let end = self.clock.monotonic() + Duration::from_secs(seconds);
        while self.clock.monotonic() < end {
            for _ in 0..6 {
                yield_now().await;
            }
            let wake = self.clock.next_wake().unwrap_or_default();
            self.clock.advance(wake + Duration::from_millis(1));
        }
        let after = counts();
        #[expect(clippy::cast_precision_loss, reason = "a test's numbers are far below 2^52")]
        let through = (after.0 - before.0) as f64;
        (through, after.1 - before.1)
    }

    fn change(&self, change: impl FnOnce(&mut Throttle)) {
        change(self.instance.lock().unwrap().throttle.as_mut().unwrap());
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        self.workers.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

fn throttle(limit: u64, seconds: u64, headers: bool) -> Throttle {
    Throttle {
        limit,
        period: seconds * SECOND,
        headers,
        others: 0.0,
        shifted: 0,
    }
}

const FIVE_MINUTES: u64 = 300;

/// What part of everything that the instance would have let through was used.
#[expect(clippy::cast_precision_loss, reason = "a test's numbers are far below 2^52")]
fn share(through: f64, throttle: &Throttle, seconds: u64) -> f64 {
    let rate = throttle.limit as f64 * SECOND as f64 / throttle.period as f64 - throttle.others;
    through / (rate * seconds as f64)
}

/// Of ten places, one is kept for people.
const JOBS_AT_ONCE: u64 = 9;

async fn five_minutes(throttle: Throttle) -> (f64, u64) {
    let trial = Trial::begin(Some(throttle.clone()), Duration::from_millis(40), 10);
    let (through, refused) = trial.run(FIVE_MINUTES).await;
    (share(through, &throttle, FIVE_MINUTES), refused)
}

#[tokio::test]
async fn an_instance_that_tells_its_limit_is_used_to_95_percent_from_the_beginning_without_a_429() {
    for (limit, seconds) in [
        (10, 1),
        (25, 1),
        (100, 1),
        (600, 60),
        (6_300, 60),
        (500, 15),
        (7_200, 3_600),
    ] {
        let (share, refused) = five_minutes(throttle(limit, seconds, true)).await;
        assert_eq!(refused, 0, "{limit} in {seconds} s");
        assert!(share >= 0.95, "{limit} in {seconds} s: {share}");
    }
}

#[tokio::test]
async fn an_instance_that_tells_nothing_is_found_out_with_a_few_429s_and_used_to_95_percent() {
    for (limit, seconds) in [
        (10, 1),
        (25, 1),
        (100, 1),
        (150, 1),
        (600, 60),
        (6_300, 60),
        (500, 15),
    ] {
        let (share, refused) = five_minutes(throttle(limit, seconds, false)).await;
        // It goes too far a few times, and each time what is under way is refused with it.
        assert!(
            refused <= 4 * JOBS_AT_ONCE,
            "{limit} in {seconds} s: {refused} refused"
        );
        assert!(share >= 0.95, "{limit} in {seconds} s: {share}");
    }
}

#[tokio::test]
async fn an_instance_without_a_limit_is_asked_as_fast_as_it_answers() {
    let trial = Trial::begin(None, Duration::from_millis(40), 10);
    trial.run(30).await;
    let (through, _) = trial.run(30).await;
    // Nine places for jobs, forty milliseconds and two late timers each.
    assert!(through > 30.0 * 9.0 / 0.043, "{through}");
}

#[tokio::test]
async fn a_limit_that_is_lowered_or_raised_is_followed() {
    for headers in [true, false] {
        let before = throttle(50, 1, headers);
        let trial = Trial::begin(Some(before), Duration::from_millis(40), 10);
        trial.run(60).await;
        trial.change(|throttle| throttle.limit = 25);
        trial.run(30).await;
        let lowered = throttle(25, 1, headers);
        let (through, refused) = trial.run(60).await;
        let lower = share(through, &lowered, 60);
        trial.change(|throttle| throttle.limit = 75);
        // What was confirmed is held for minutes before something faster is tried.
        trial.run(330).await;
        let raised = throttle(75, 1, headers);
        let (through, refused_then) = trial.run(60).await;
        let higher = share(through, &raised, 60);
        assert!(
            (0.9..=1.0).contains(&lower),
            "headers: {headers}, lowered: {lower}"
        );
        assert!(
            (0.9..=1.0).contains(&higher),
            "headers: {headers}, raised: {higher}"
        );
        assert!(refused <= 10 && refused_then <= 10, "{refused}, {refused_then}");
    }
}

#[tokio::test]
async fn what_other_programs_of_the_user_take_is_left_to_them() {
    for (limit, seconds, headers, most) in [(50, 1, true, 0), (3_000, 60, true, 0), (3_000, 60, false, 25)] {
        let how = throttle(limit, seconds, headers);
        let how = Throttle { others: 20.0, ..how };
        let trial = Trial::begin(Some(how.clone()), Duration::from_millis(40), 10);
        // A whole window of a minute has to be seen first.
        trial.run(120).await;
        let (through, refused) = trial.run(FIVE_MINUTES).await;
        let share = share(through, &how, FIVE_MINUTES);
        assert!((0.9..=1.02).contains(&share), "{limit} in {seconds} s: {share}");
        assert!(refused <= most, "{limit} in {seconds} s: {refused}");
    }
}

#[tokio::test]
async fn an_instance_that_stops_telling_its_limit_is_tried_out_from_there() {
    let trial = Trial::begin(Some(throttle(20, 1, true)), Duration::from_millis(40), 10);
    trial.run(60).await;
    trial.change(|throttle| (throttle.headers, throttle.limit) = (false, 60));
    trial.run(120).await;
    let (through, _) = trial.run(60).await;
    let share = share(through, &throttle(60, 1, false), 60);
    assert!((0.9..=1.0).contains(&share), "{share}");
}

/// Limits a second, lengths of windows, how long an answer takes (ms) and at what part of a second or window it all begins.
const RATES: [u64; 5] = [5, 13, 28, 53, 79];
const LATENCIES: [u64; 3] = [5, 40, 93];

async fn of_many(throttle: Throttle, latency: u64) -> (f64, u64) {
    let trial = Trial::begin(Some(throttle.clone()), Duration::from_millis(latency), 20);
    let (through, refused) = trial.run(FIVE_MINUTES).await;
    (share(through, &throttle, FIVE_MINUTES), refused)
}

#[tokio::test]
async fn small_limits_by_the_second_are_used_whole_however_far_away_the_instance_is() {
    for per_second in RATES {
        for latency in LATENCIES {
            let (share, refused) = of_many(throttle(per_second, 1, true), latency).await;
            assert_eq!(refused, 0, "{per_second} a second, {latency} ms");
            assert!(share >= 0.97, "{per_second} a second, {latency} ms: {share}");
        }
    }
}

#[tokio::test]
async fn windows_of_any_length_that_begin_at_any_moment_are_found_out() {
    for seconds in [1, 2, 5, 10, 15, 60] {
        for (number, per_second) in RATES.into_iter().enumerate() {
            let how = Throttle {
                shifted: [0, 37, 50, 81][number % 4] * seconds * SECOND / 100,
                ..throttle(per_second * seconds, seconds, false)
            };
            let latency = LATENCIES[number % 3];
            let (share, refused) = of_many(how, latency).await;
            let what = format!("{per_second} a second in {seconds} s, {latency} ms");
            assert!(share >= 0.94, "{what}: {share}");
            assert!(refused <= 80, "{what}: {refused} refused");
        }
    }
}

//! Two processes that have one budget: gates of each, and what both ask.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use async_trait::async_trait;
use domain::{ManualClock, Timestamp, UserKey};

use super::super::answer_headers::QuotaReport;
use super::super::shared::{Reserved, SharedPace, Wish};
use super::*;

const PATIENT: Patience = Patience {
    people: Duration::from_secs(15),
    jobs: Duration::from_mins(10),
};

/// What all processes ask, with the arithmetic of a real one for turns. Places are given as they are wanted.
#[derive(Debug)]
struct Table {
    clock: Arc<ManualClock>,
    due: Mutex<u64>,
    reached: AtomicBool,
    asked: AtomicU32,
    places: AtomicU32,
}

#[async_trait]
impl SharedPace for Table {
    fn is_reached(&self) -> bool {
        self.reached.load(Ordering::Relaxed)
    }

    fn processes(&self) -> u32 {
        2
    }

    async fn reserve(&self, wish: &Wish) -> Option<Reserved> {
        if !self.is_reached() {
            return None;
        }
        self.asked.fetch_add(1, Ordering::Relaxed);
        let now = nanos(self.clock.monotonic());
        let [interval, ahead, late] = [wish.interval, wish.ahead, wish.late].map(nanos);
        let mut due = self.due.lock().unwrap();
        *due = (*due).max(now.saturating_sub(late));
        let first = *due;
        let mut turns = 0;
        while turns < wish.turns && *due <= now + ahead {
            *due += interval;
            turns += 1;
        }
        let most = self.places.load(Ordering::Relaxed);
        let wanted = wish.places.map_or_else(Lanes::default, |claim| claim.wanted);
        Some(Reserved {
            turns,
            first_in: (i64::try_from(first).unwrap() - i64::try_from(now).unwrap()) / 1_000,
            places: Lanes {
                people: wanted.people.min(most),
                jobs: wanted.jobs.min(most),
            },
        })
    }

    fn tell_shut(&self, _: &UserKey, _: Duration) {}

    fn tell_quota(&self, _: &UserKey, _: &QuotaReport) {}
}

struct Pair {
    clock: Arc<ManualClock>,
    table: Arc<Table>,
    gates: [Arc<Gate>; 2],
}

impl Pair {
    fn with(per_second: Option<f64>) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::from_millis(0)));
        clock.advance(Duration::from_secs(1000));
        let table = Arc::new(Table {
            clock: Arc::clone(&clock),
            due: Mutex::new(0),
            reached: AtomicBool::new(true),
            asked: AtomicU32::new(0),
            places: AtomicU32::new(u32::MAX),
        });
        let gate = || {
            let gate = Gate::new(Arc::clone(&clock) as _, per_second, Places::of(100), PATIENT);
            Arc::new(gate.shared_with(Remote {
                pace: Arc::<Table>::clone(&table) as _,
                budget: "one".into(),
                with_places: true,
            }))
        };
        Self {
            gates: [gate(), gate()],
            clock,
            table,
        }
    }

    /// A job that asks for its next turn when it has had the one before; counts how many it had.
    fn job(&self, gate: usize) -> Arc<AtomicU32> {
        let (gate, had) = (Arc::clone(&self.gates[gate]), Arc::new(AtomicU32::new(0)));
        let counted = Arc::clone(&had);
        tokio::spawn(async move {
            while gate.pass(Lane::Jobs, 0).await.is_ok() {
                counted.fetch_add(1, Ordering::Relaxed);
            }
        });
        had
    }

    async fn after(&self, pause: Duration) {
        let mut left = pause;
        settle().await;
        while !left.is_zero() {
            let wake = self.clock.next_wake().unwrap_or(left);
            let step = wake.clamp(Duration::from_millis(1), left.max(Duration::from_millis(1)));
            self.clock.advance(step);
            left = left.saturating_sub(step);
            settle().await;
        }
    }
}

async fn settle() {
    for _ in 0..30 {
        tokio::task::yield_now().await;
    }
}

fn read(count: &AtomicU32) -> u32 {
    count.load(Ordering::Relaxed)
}

#[tokio::test]
async fn two_processes_together_keep_the_rate_of_one_and_use_it() {
    let pair = Pair::with(Some(20.0));
    let had = [pair.job(0), pair.job(1)];
    pair.after(Duration::from_mins(1)).await;
    let [first, second] = [read(&had[0]), read(&had[1])];
    assert!(
        (1_180..=1_203).contains(&(first + second)),
        "{first} and {second}"
    );
    // In turn as far as batches allow: neither waits for the other to have done.
    assert!(first.min(second) > 300, "{first} and {second}");
}

#[tokio::test]
async fn one_process_alone_has_the_whole_rate_and_asks_a_few_times_a_second() {
    let pair = Pair::with(Some(100.0));
    let had = pair.job(0);
    pair.after(Duration::from_secs(30)).await;
    let had = read(&had);
    assert!((2_940..=3_010).contains(&had), "{had}");
    let asked = read(&pair.table.asked);
    assert!(asked < 30 * 12, "asked {asked} times for {had} turns");
}

#[tokio::test]
async fn a_person_at_one_process_does_not_wait_for_the_jobs_of_the_other() {
    let pair = Pair::with(Some(10.0));
    let _busy = pair.job(0);
    pair.after(Duration::from_secs(5)).await;
    let gate = Arc::clone(&pair.gates[1]);
    let person = tokio::spawn(async move { gate.pass(Lane::People, 0).await.is_ok() });
    settle().await;
    assert!(person.is_finished() && person.await.unwrap());
}

#[tokio::test]
async fn who_cannot_ask_keeps_to_its_part_and_takes_the_whole_again_afterwards() {
    let pair = Pair::with(Some(20.0));
    let had = pair.job(0);
    pair.table.reached.store(false, Ordering::Relaxed);
    pair.after(Duration::from_secs(10)).await;
    let part = read(&had);
    assert!((95..=105).contains(&part), "{part}");
    pair.table.reached.store(true, Ordering::Relaxed);
    pair.after(Duration::from_secs(10)).await;
    let whole = read(&had) - part;
    assert!((190..=205).contains(&whole), "{whole}");
}

#[tokio::test]
async fn a_place_that_another_process_gives_up_is_found_soon() {
    let pair = Pair::with(None);
    pair.table.places.store(1, Ordering::Relaxed);
    let gate = Arc::clone(&pair.gates[0]);
    let held = gate.pass(Lane::Jobs, 0).await.unwrap();
    let waits = tokio::spawn(async move { gate.pass(Lane::Jobs, 0).await });
    pair.after(Duration::from_secs(1)).await;
    assert!(!waits.is_finished());
    pair.table.places.store(2, Ordering::Relaxed);
    pair.after(Duration::from_millis(60)).await;
    assert!(waits.is_finished());
    drop(held);
}

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use domain::{Clock, ManualClock, Timestamp};
use proptest::prelude::*;
use tokio::task::JoinHandle;

use super::super::answer_headers::QuotaReport;
use super::*;

const PATIENT: Patience = Patience {
    people: Duration::from_secs(15),
    jobs: Duration::from_secs(90),
};

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

struct Place {
    clock: Arc<ManualClock>,
    gate: Arc<Gate>,
}

impl Place {
    fn with(per_second: Option<f64>, concurrency: u32) -> Self {
        Self::of(per_second, Places::of(concurrency))
    }

    /// Where people's places are lent.
    fn lending(per_second: Option<f64>, concurrency: u32) -> Self {
        Self::of(per_second, Places::of(concurrency).lending())
    }

    fn of(per_second: Option<f64>, places: Places) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::from_millis(0)));
        clock.advance(seconds(1000));
        let gate = Gate::new(Arc::clone(&clock) as _, per_second, places, PATIENT);
        Self {
            clock,
            gate: Arc::new(gate),
        }
    }

    /// Somebody who asks; answers with the moment of being let through, and keeps the place.
    fn asks(&self, lane: Lane) -> JoinHandle<Result<(Permit, Duration), Shut>> {
        self.asks_for(0, lane)
    }

    /// Somebody of this party who asks.
    fn asks_for(&self, party: u64, lane: Lane) -> JoinHandle<Result<(Permit, Duration), Shut>> {
        let (gate, clock) = (Arc::clone(&self.gate), Arc::clone(&self.clock));
        tokio::spawn(async move {
            gate.pass(lane, party)
                .await
                .map(|permit| (permit, clock.monotonic()))
        })
    }

    async fn after(&self, pause: Duration) {
        settle().await;
        let mut left = pause;
        while let Some(wake) = self.clock.next_wake().filter(|wake| *wake <= left) {
            // A timer fires late, never early.
            let step = wake.max(millis(1)).min(left);
            self.clock.advance(step);
            left -= step;
            settle().await;
            if left.is_zero() {
                return;
            }
        }
        self.clock.advance(left);
        settle().await;
    }
}

async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

fn report(remaining: u64, resets_in: Duration) -> QuotaReport {
    QuotaReport {
        limit: 100,
        observed: Some(100 - remaining),
        remaining,
        reset_unix: 60,
        resets_in: nanos(resets_in),
    }
}

#[tokio::test]
async fn jobs_follow_each_other_at_the_rate() {
    let place = Place::with(Some(10.0), 100);
    let asked: Vec<_> = (0..6).map(|_| place.asks(Lane::Jobs)).collect();
    place.after(seconds(2)).await;
    let mut moments = Vec::new();
    for job in asked {
        moments.push(job.await.unwrap().unwrap().1.checked_sub(seconds(1000)).unwrap());
    }
    // The first two share the allowance for late timers.
    assert_eq!(moments, [0, 50, 150, 250, 350, 450].map(millis));
}

#[tokio::test]
async fn a_person_who_comes_to_a_queue_of_jobs_goes_at_once() {
    let place = Place::with(Some(1.0), 100);
    let jobs: Vec<_> = (0..50).map(|_| place.asks(Lane::Jobs)).collect();
    place.after(millis(3_100)).await;
    let person = place.asks(Lane::People);
    settle().await;
    assert_eq!(person.await.unwrap().unwrap().1, seconds(1000) + millis(3_100));
    let gone = jobs.iter().filter(|job| job.is_finished()).count();
    assert_eq!(gone, 4, "jobs at 0, 0.95, 1.95 and 2.95 s");
}

#[tokio::test]
async fn what_people_take_in_advance_jobs_pay_back() {
    let place = Place::with(Some(10.0), 100);
    for _ in 0..4 {
        let person = place.asks(Lane::People);
        settle().await;
        assert!(person.is_finished(), "four in advance");
    }
    let job = place.asks(Lane::Jobs);
    place.after(seconds(1)).await;
    assert_eq!(job.await.unwrap().unwrap().1, seconds(1000) + millis(350));
}

#[tokio::test]
async fn a_person_whose_moment_is_nearer_than_the_jobs_is_not_kept_until_theirs() {
    let place = Place::with(Some(1.0), 100);
    let _first = place.asks(Lane::People).await.unwrap().unwrap();
    let job = place.asks(Lane::Jobs);
    let _second = place.asks(Lane::People).await.unwrap().unwrap();
    let third = place.asks(Lane::People);
    place.after(seconds(5)).await;
    assert_eq!(third.await.unwrap().unwrap().1, seconds(1000) + millis(750));
    assert_eq!(job.await.unwrap().unwrap().1, seconds(1000) + millis(2_950));
}

#[tokio::test]
async fn people_find_a_place_while_jobs_hold_every_other() {
    for (concurrency, for_jobs, for_people) in [(1, 1, 1), (2, 1, 1), (4, 3, 1), (10, 9, 1), (32, 29, 3)] {
        let place = Place::with(None, concurrency);
        let jobs: Vec<_> = (0..40).map(|_| place.asks(Lane::Jobs)).collect();
        let people: Vec<_> = (0..40).map(|_| place.asks(Lane::People)).collect();
        settle().await;
        let through = |all: &[JoinHandle<_>]| all.iter().filter(|one| one.is_finished()).count();
        assert_eq!(
            (through(&jobs), through(&people)),
            (for_jobs, for_people),
            "of {concurrency}"
        );
    }
}

/// Jobs that hold every place there is, the lent ones too; their permits, and how many were let through.
async fn jobs_everywhere(place: &Place, concurrency: usize) -> Vec<Permit> {
    let mut held = Vec::new();
    for _ in 1..concurrency {
        held.push(place.asks(Lane::Jobs).await.unwrap().unwrap().0);
    }
    let waiting: Vec<_> = (0..2).map(|_| place.asks(Lane::Jobs)).collect();
    settle().await;
    assert!(!waiting[0].is_finished(), "before any answer nothing is lent");
    held.pop();
    for job in waiting {
        held.push(job.await.unwrap().unwrap().0);
    }
    held
}

#[tokio::test]
async fn a_persons_place_that_is_lent_comes_back_with_the_next_answer_and_stays_theirs() {
    let place = Place::lending(None, 10);
    let mut held = jobs_everywhere(&place, 10).await;
    assert_eq!(held.len(), 10);

    let (person, job) = (place.asks(Lane::People), place.asks(Lane::Jobs));
    settle().await;
    assert!(!person.is_finished());
    held.pop();
    settle().await;
    assert_eq!((person.is_finished(), job.is_finished()), (true, false));
    drop(person.await.unwrap());
    settle().await;
    assert!(!job.is_finished(), "the next person comes soon");
    for _ in 0..3 {
        let next = place.asks(Lane::People);
        settle().await;
        assert!(next.is_finished(), "at once");
        drop(next.await.unwrap());
    }

    // Nobody has come for two seconds, and answers come.
    place.after(seconds(2)).await;
    held.pop();
    settle().await;
    assert!(job.is_finished());
    let another = place.asks(Lane::Jobs);
    settle().await;
    assert!(another.is_finished(), "the tenth");
}

#[tokio::test]
async fn a_person_goes_without_a_lent_place_whose_job_gets_no_answer() {
    let place = Place::lending(None, 10);
    let _held = jobs_everywhere(&place, 10).await;
    let (first, second) = (place.asks(Lane::People), place.asks(Lane::People));
    place.after(millis(499)).await;
    assert!(!first.is_finished() && !second.is_finished());
    place.after(millis(1)).await;
    assert_eq!(
        u8::from(first.is_finished()) + u8::from(second.is_finished()),
        1,
        "one beyond the number"
    );
    let job = place.asks(Lane::Jobs);
    place.after(seconds(10)).await;
    assert!(!job.is_finished(), "nothing is lent while nobody gets an answer");
}

#[tokio::test]
async fn nothing_is_lent_where_a_rate_holds_back_or_one_place_is_all() {
    for (per_second, concurrency, for_jobs) in [(Some(1e6), 10, 9), (None, 1, 1)] {
        let place = Place::lending(per_second, concurrency);
        let (answered, _) = place.asks(Lane::Jobs).await.unwrap().unwrap();
        drop(answered);
        let jobs: Vec<_> = (0..20).map(|_| place.asks(Lane::Jobs)).collect();
        place.after(seconds(1)).await;
        let through = jobs.iter().filter(|job| job.is_finished()).count();
        assert_eq!(through, for_jobs, "of {concurrency}");
    }
}

#[tokio::test]
async fn a_place_given_back_goes_to_the_first_in_the_queue_people_before_jobs() {
    let place = Place::with(None, 2);
    let (held, _) = place.asks(Lane::Jobs).await.unwrap().unwrap();
    let (also_held, _) = place.asks(Lane::People).await.unwrap().unwrap();
    let (first, second) = (place.asks(Lane::Jobs), place.asks(Lane::Jobs));
    let person = place.asks(Lane::People);
    settle().await;
    drop(held);
    settle().await;
    assert_eq!(
        (person.is_finished(), first.is_finished(), second.is_finished()),
        (true, false, false)
    );
    drop(also_held);
    drop(person.await.unwrap());
    settle().await;
    assert_eq!((first.is_finished(), second.is_finished()), (true, false));
}

#[tokio::test]
async fn a_small_job_does_not_wait_for_the_whole_queue_of_a_large_one() {
    let place = Place::with(Some(1.0), 100);
    let large: Vec<_> = (0..50).map(|_| place.asks_for(1, Lane::Jobs)).collect();
    place.after(millis(100)).await;
    let small = place.asks_for(2, Lane::Jobs);
    place.after(millis(1_900)).await;
    assert_eq!(small.await.unwrap().unwrap().1, seconds(1000) + millis(1_950));
    assert_eq!(large.iter().filter(|one| one.is_finished()).count(), 2);
}

#[tokio::test]
async fn whoever_gives_up_waiting_takes_nothing_along() {
    let place = Place::with(Some(1.0), 2);
    let (held, _) = place.asks(Lane::Jobs).await.unwrap().unwrap();
    let gives_up = place.asks(Lane::Jobs);
    let stays = place.asks(Lane::Jobs);
    settle().await;
    gives_up.abort();
    settle().await;
    drop(held);
    place.after(millis(950)).await;
    assert!(stays.is_finished());
    drop(stays.await.unwrap());
    place.after(seconds(10)).await;
    assert!(place.gate.is_idle());
}

#[tokio::test]
async fn a_permit_handed_to_somebody_who_has_just_gone_is_not_lost() {
    let place = Place::with(None, 2);
    let (held, _) = place.asks(Lane::Jobs).await.unwrap().unwrap();
    let mut waits = Box::pin(place.gate.pass(Lane::Jobs, 0));
    assert!(futures::poll!(&mut waits).is_pending());
    drop(held);
    // The permit is in the channel now, and nobody will take it out.
    drop(waits);
    assert!(place.asks(Lane::Jobs).await.unwrap().is_ok());
}

#[tokio::test]
async fn a_gate_shut_for_long_says_so_and_one_shut_briefly_is_waited_for() {
    let place = Place::with(None, 10);
    place.gate.shut(seconds(1000 + 20), WaitReason::Throttled);
    let (person, job) = (place.asks(Lane::People), place.asks(Lane::Jobs));
    settle().await;
    assert_eq!(
        person.await.unwrap().unwrap_err(),
        Shut {
            until: seconds(1020),
            reason: WaitReason::Throttled
        }
    );
    assert!(!job.is_finished());
    place.after(seconds(21)).await;
    assert_eq!(job.await.unwrap().unwrap().1, seconds(1020));
}

#[tokio::test]
async fn those_who_wait_already_are_told_when_the_gate_shuts_for_long() {
    let place = Place::with(Some(1.0), 10);
    let jobs: Vec<_> = (0..5).map(|_| place.asks(Lane::Jobs)).collect();
    settle().await;
    place.gate.shut(seconds(2000), WaitReason::Throttled);
    settle().await;
    assert!(jobs.iter().all(JoinHandle::is_finished));
    assert_eq!(
        place.gate.waiting(Lane::Jobs),
        Some(Shut {
            until: seconds(2000),
            reason: WaitReason::Throttled
        })
    );
}

#[tokio::test]
async fn a_shorter_wait_does_not_open_a_gate_that_is_shut_for_longer() {
    let place = Place::with(None, 10);
    place.gate.shut(seconds(1060), WaitReason::Throttled);
    place.gate.shut(seconds(1001), WaitReason::Throttled);
    let job = place.asks(Lane::Jobs);
    place.after(seconds(59)).await;
    assert!(!job.is_finished());
    place.after(seconds(2)).await;
    assert!(job.is_finished());
}

#[tokio::test]
async fn nothing_leaves_once_gitlabs_quota_is_used_up_until_it_is_renewed() {
    let place = Place::with(None, 10);
    let (first, _) = place.asks(Lane::Jobs).await.unwrap().unwrap();
    place.gate.learn(&News {
        serial: 1,
        report: Some(&report(4, seconds(10))),
        silent: false,
        refused: None,
        took: 0,
    });
    drop(first);
    let mut jobs: Vec<_> = (0..6).map(|_| place.asks(Lane::Jobs)).collect();
    settle().await;
    let through = |jobs: &[JoinHandle<_>]| jobs.iter().filter(|job| job.is_finished()).count();
    assert_eq!(through(&jobs), 2, "two of a hundred are kept for people");
    assert_eq!(
        place.gate.waiting(Lane::Jobs),
        Some(Shut {
            until: seconds(1010),
            reason: WaitReason::QuotaUsedUp
        })
    );
    assert_eq!(place.gate.waiting(Lane::People), None);
    let people: Vec<_> = (0..3).map(|_| place.asks(Lane::People)).collect();
    settle().await;
    assert_eq!(people.iter().filter(|person| person.is_finished()).count(), 2);
    drop(jobs.drain(..2));
    place.after(seconds(10)).await;
    assert_eq!(through(&jobs), 4, "renewed");
}

/// Eight workers, as many as jobs have places; each request takes 50 ms, the rate is 100 a second, and every timer fires up to 2 ms late.
#[tokio::test]
async fn over_minutes_the_rate_is_used_well_and_no_minute_sees_more_than_it_should() {
    let place = Place::with(Some(100.0), 10);
    let sent = Arc::new(Mutex::new(Vec::new()));
    let late = Arc::new(AtomicU32::new(0));
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let (gate, clock) = (Arc::clone(&place.gate), Arc::clone(&place.clock));
            let (sent, late) = (Arc::clone(&sent), Arc::clone(&late));
            tokio::spawn(async move {
                loop {
                    let permit = gate.pass(Lane::Jobs, 0).await.unwrap();
                    sent.lock().unwrap().push(clock.monotonic());
                    let latency = 50 + u64::from(late.fetch_add(7, Ordering::Relaxed) % 5);
                    clock.sleep(millis(latency)).await;
                    drop(permit);
                }
            })
        })
        .collect();
    let minutes = 3;
    let end = seconds(1000 + minutes * 60);
    while place.clock.monotonic() < end {
        settle().await;
        let wake = place.clock.next_wake().unwrap_or(millis(1));
        place.clock.advance(wake + Duration::from_micros(1_700));
    }
    workers.iter().for_each(JoinHandle::abort);
    let sent = sent.lock().unwrap();
    for offset in 0..60 {
        for minute in 0..minutes - 1 {
            let from = seconds(1000 + offset + minute * 60);
            let within = sent
                .iter()
                .filter(|at| **at >= from && **at < from + seconds(60))
                .count();
            assert!(
                (5_900..=6_006).contains(&within),
                "{within} requests in the minute from {from:?}"
            );
        }
    }
}

#[derive(Clone, Debug)]
enum Event {
    Asks { party: u64, lane: Lane },
    GivesUp(usize),
    GivesBack(usize),
    Passes(u64),
    Shuts(u64),
}

fn event() -> impl Strategy<Value = Event> {
    let lane = prop_oneof![Just(Lane::People), Just(Lane::Jobs)];
    prop_oneof![
        4 => (0_u64..3, lane).prop_map(|(party, lane)| Event::Asks { party, lane }),
        1 => (0_usize..10).prop_map(Event::GivesUp),
        2 => (0_usize..10).prop_map(Event::GivesBack),
        2 => (0_u64..400).prop_map(Event::Passes),
        1 => (0_u64..3_000).prop_map(Event::Shuts),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whoever asks, gives up, gives back, in whatever order: the places are kept, and in the end everybody who
    /// still waits is let through.
    #[test]
    fn places_are_kept_and_nobody_is_forgotten(
        events in proptest::collection::vec(event(), 1..60),
        per_second in proptest::option::of(1_u32..50),
        concurrency in 1_u32..5,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let place = Place::with(per_second.map(f64::from), concurrency);
            let mut asked = Vec::new();
            for event in events {
                match event {
                    Event::Asks { party, lane } => asked.push(place.asks_for(party, lane)),
                    Event::GivesUp(which) if which < asked.len() => asked.swap_remove(which).abort(),
                    Event::GivesBack(which) => {
                        let through = asked.iter().position(JoinHandle::is_finished);
                        if let Some(at) = through.filter(|_| which < asked.len()) {
                            drop(asked.swap_remove(at).await);
                        }
                    }
                    Event::Passes(pause) => place.after(millis(pause)).await,
                    Event::Shuts(pause) => place.gate.shut(place.clock.monotonic() + millis(pause), WaitReason::Throttled),
                    Event::GivesUp(_) => {}
                }
                settle().await;
                let most = Places::of(concurrency).all as usize;
                let through = asked.iter().filter(|one| one.is_finished()).count();
                assert!(through <= most, "{through} of {most} places");
            }
            while !asked.is_empty() {
                // Longer than the gate is ever shut, and than people can be ahead of the slowest rate.
                place.after(seconds(5)).await;
                let before = asked.len();
                let (through, waiting): (Vec<_>, _) = asked.into_iter().partition(JoinHandle::is_finished);
                drop(future::join_all(through).await);
                asked = waiting;
                assert!(asked.len() < before, "{before} wait for ever");
            }
            place.after(seconds(60)).await;
            assert!(place.gate.is_idle());
        });
    }
}

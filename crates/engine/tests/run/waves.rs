//! A first few to look at, batches with rests, and when too much fails.

use std::sync::Arc;
use std::time::Duration;

use domain::{Clock, JobOptions, JobStatus, ManualClock, Origin, SystemClock, Waves};
use engine::JobError;
use engine::failpoint::{AFTER_EVIDENCE, Failpoints};
use gitlab_sim::Fault;
use storage::Need;
use tokio_util::sync::CancellationToken;

use crate::world::{World, borrowed, engine_with, forty_rows, work};

const GROUPS: (&str, &str) = (
    "groups.csv",
    "name,path,parent\nOne,one,\nTwo,two,\nThree,three,\nFour,four,\n",
);

fn canary(items: u32) -> JobOptions {
    JobOptions {
        canary: Some(items),
        ..JobOptions::default()
    }
}

#[tokio::test]
async fn a_canary_is_looked_at_before_the_rest_goes_on() {
    let world = World::new().await;
    let files = forty_rows();

    let paused = world.apply(&borrowed(&files), canary(5)).await;
    assert_eq!((paused.status, paused.progress), (JobStatus::Paused, 5));
    assert_eq!(
        paused.waiting_reason.as_deref(),
        Some("the first 5 items have ended: have a look, then resume (canary)")
    );
    assert_eq!(world.sim.stats().writes.applied, 5);

    let done = world.work(paused.id).await;
    assert_eq!((done.status, done.success_count), (JobStatus::Completed, 40));
}

#[tokio::test]
async fn a_canary_whose_runner_dies_is_neither_larger_nor_forgotten() {
    for nth in 1..8 {
        let world = World::new().await;
        let job = world.import(&[GROUPS], canary(2)).await;
        let failpoints = Failpoints::cutting(AFTER_EVIDENCE, nth);
        let dies = engine_with(
            Arc::clone(&world.storage) as _,
            Arc::clone(world.engine.clock()),
            "dies",
            failpoints.clone(),
        );
        tokio::select! {
            () = failpoints.is_cut() => {}
            _ = work(&dies, &world.gitlab, &world.actor, job.id, CancellationToken::new()) => {}
        }
        let mut job = world.engine.job(job.id, &world.actor).await.unwrap();
        if job.status == JobStatus::Running {
            job = world.work(job.id).await;
        }
        assert_eq!((job.status, job.progress), (JobStatus::Paused, 2), "cut {nth}");
        assert_eq!(world.sim.stats().writes.applied, 2, "cut {nth}");

        let done = world.work(job.id).await;
        assert_eq!(
            (done.status, done.success_count),
            (JobStatus::Completed, 4),
            "cut {nth}"
        );
    }
}

#[tokio::test]
async fn between_waves_the_job_gives_its_place_up_and_is_left_alone() {
    let clock = Arc::new(ManualClock::at(SystemClock::new().now()));
    let world = World::on(&clock).await;
    let options = JobOptions {
        waves: Some(Waves {
            size: 15,
            pause_seconds: 3_600,
        }),
        ..JobOptions::default()
    };
    let files = forty_rows();
    let job = world.import(&borrowed(&files), options).await;
    for progress in [15, 30] {
        let rests = world.work(job.id).await;
        assert_eq!((rests.status, rests.progress), (JobStatus::Pending, progress));
        let until = clock.now().plus(Duration::from_hours(1));
        assert_eq!(rests.waiting_until, Some(until));
        assert_eq!(
            rests.waiting_reason.as_deref(),
            Some("a rest after 15 items (waves)")
        );
        world.pass(&clock, Duration::from_mins(59));
        assert!(
            world
                .engine
                .claim_any(Origin::Cli, Need::Run)
                .await
                .unwrap()
                .is_none()
        );
        // Taken all the same, as by a person who is sure that the former runner is dead, it rests on.
        assert_eq!(world.work(job.id).await.waiting_until, Some(until));
        world.pass(&clock, Duration::from_mins(1));
    }
    let (lease, taken) = world
        .engine
        .claim_any(Origin::Cli, Need::Run)
        .await
        .unwrap()
        .unwrap();
    let done = world
        .engine
        .work(lease, taken, world.gitlab.clone(), CancellationToken::new())
        .await
        .unwrap();
    assert_eq!((done.status, done.success_count), (JobStatus::Completed, 40));
    assert_eq!((done.waiting_until, done.waiting_reason), (None, None));
}

#[tokio::test]
async fn so_many_failures_pause_the_job_and_are_counted_anew_when_a_person_goes_on() {
    let world = World::new().await;
    world.sim.fault(Fault::post("/api/v4/projects").status(403));
    let options = JobOptions {
        max_failures: Some(2),
        concurrency: Some(1),
        ..JobOptions::default()
    };
    let files = forty_rows();

    let first = world.apply(&borrowed(&files), options).await;
    assert_eq!((first.status, first.failure_count), (JobStatus::Paused, 2));
    assert_eq!(
        first.waiting_reason.as_deref(),
        Some("2 items failed (maxFailures)")
    );
    let second = world.work(first.id).await;
    assert_eq!((second.status, second.failure_count), (JobStatus::Paused, 4));

    world.sim.clear_faults();
    let done = world.work(first.id).await;
    assert_eq!(
        (done.status, done.success_count, done.failure_count),
        (JobStatus::Completed, 36, 4)
    );
}

#[tokio::test]
async fn without_continue_on_error_a_resumed_job_goes_on_until_the_next_failure() {
    let world = World::new().await;
    world.sim.fault(Fault::post("/api/v4/groups").nth(1).status(403));
    let options = JobOptions {
        continue_on_error: false,
        concurrency: Some(1),
        ..JobOptions::default()
    };
    let paused = world.apply(&[GROUPS], options).await;
    assert_eq!((paused.status, paused.progress), (JobStatus::Paused, 1));
    let done = world.work(paused.id).await;
    assert_eq!(
        (done.status, done.success_count, done.failure_count),
        (JobStatus::Completed, 3, 1)
    );
}

#[tokio::test]
async fn a_rising_error_rate_pauses_the_job() {
    let world = World::new().await;
    world.sim.fault(Fault::post("/api/v4/projects").status(403));
    let options = JobOptions {
        max_error_rate: Some(0.6),
        concurrency: Some(1),
        ..JobOptions::default()
    };
    let files = forty_rows();

    let paused = world.apply(&borrowed(&files), options).await;
    assert_eq!(paused.status, JobStatus::Paused);
    let reason = paused.waiting_reason.unwrap();
    assert!(reason.ends_with("failed (maxErrorRate)"), "{reason}");
    assert!(
        (7..30).contains(&paused.failure_count),
        "{}",
        paused.failure_count
    );
}

#[tokio::test]
async fn limits_that_make_no_sense_are_refused_all_at_once() {
    let world = World::new().await;
    let refused = world
        .try_import(
            &[GROUPS],
            JobOptions {
                canary: Some(0),
                max_failures: Some(0),
                max_error_rate: Some(-0.1),
                waves: Some(Waves {
                    size: 0,
                    pause_seconds: 1,
                }),
                ..JobOptions::default()
            },
        )
        .await
        .unwrap_err();
    let JobError::Invalid(problems) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(problems.0.len(), 4, "{problems}");
}

//! Pause, resume, cancel, limits, and who may.

use domain::{JobOptions, JobStatus};
use engine::{Actor, JobError};
use gitlab_sim::LimitChanges;
use serde_json::json;

use crate::world::{World, borrowed, forty_rows};

#[tokio::test]
async fn a_paused_job_sends_nothing_more_and_goes_on_where_it_was() {
    let world = World::new().await;
    let files = forty_rows();
    let job = world.import(&borrowed(&files), JobOptions::default()).await;
    let running = world.under_way(&world.engine, job.id).await;
    // It may just have ended; then there is nothing to pause.
    let pause = world.engine.pause(job.id, &world.actor).await;
    let stopped = running.await.unwrap().unwrap();
    if pause.is_ok() {
        assert_eq!(stopped.status, JobStatus::Paused);
        assert_eq!(stopped.waiting_reason.as_deref(), Some("paused by root"));
        let applied = world.sim.stats().writes.applied;
        assert_eq!(
            u64::from(stopped.success_count),
            applied,
            "what was sent is known, what is known was sent"
        );
        let done = world.work(job.id).await;
        assert_eq!((done.status, done.success_count), (JobStatus::Completed, 40));
    }
    assert_eq!(world.sim.stats().writes.applied, 40);
}

#[tokio::test]
async fn a_cancelled_job_cancels_what_was_not_sent() {
    let world = World::new().await;
    let files = forty_rows();
    let job = world
        .import(
            &borrowed(&files),
            JobOptions {
                rate_per_second: Some(200.0),
                ..JobOptions::default()
            },
        )
        .await;
    let running = world.under_way(&world.engine, job.id).await;
    world.engine.cancel(job.id, &world.actor).await.unwrap();
    let ended = running.await.unwrap().unwrap();

    assert_eq!(ended.status, JobStatus::Cancelled);
    assert_eq!(u64::from(ended.success_count), world.sim.stats().writes.applied);
    assert!(ended.success_count < 40);
    let again = world.engine.resume(job.id, &world.actor).await.unwrap_err();
    assert_eq!(again.to_string(), "a job that is cancelled cannot be resumed");
}

#[tokio::test]
async fn without_continue_on_error_the_first_failure_stops_the_job() {
    let world = World::new().await;
    world
        .sim
        .fault(gitlab_sim::Fault::post("/api/v4/projects").nth(3).status(403));
    let options = JobOptions {
        continue_on_error: false,
        rate_per_second: Some(500.0),
        ..JobOptions::default()
    };
    let files = forty_rows();

    let job = world.apply(&borrowed(&files), options).await;

    assert_eq!((job.status, job.failure_count), (JobStatus::Paused, 1));
    assert_eq!(
        job.waiting_reason.as_deref(),
        Some("an item failed and continueOnError is false")
    );
    assert!(job.progress < 40);
}

#[tokio::test]
async fn what_waits_for_its_budget_when_a_job_is_cancelled_was_never_sent() {
    let world = World::new().await;
    let files = forty_rows();
    // One item in a fifth of a second: the next ones wait for their budget when the job is cancelled.
    let slow = JobOptions {
        rate_per_second: Some(5.0),
        ..JobOptions::default()
    };
    let job = world.import(&borrowed(&files), slow).await;
    let running = world.under_way(&world.engine, job.id).await;
    world.engine.cancel(job.id, &world.actor).await.unwrap();
    let ended = running.await.unwrap().unwrap();

    let sent = world.sim.stats().writes.applied;
    assert_eq!((ended.status, ended.unconfirmed_count), (JobStatus::Cancelled, 0));
    assert_eq!((u64::from(ended.success_count), ended.progress), (sent, 40));
    assert!(sent < 40);
}

#[tokio::test]
async fn what_stands_ready_for_a_place_when_a_job_is_cancelled_was_never_sent() {
    let world = World::new().await;
    let files = forty_rows();
    let job = world.import(&borrowed(&files), JobOptions::default()).await;
    // Far away, and without a limit: intents are on disk before there is a place for their requests.
    let far: LimitChanges = serde_json::from_value(json!({ "latencyMs": 100 })).unwrap();
    world.sim.limit(far).unwrap();
    let running = world.under_way(&world.engine, job.id).await;
    world.engine.cancel(job.id, &world.actor).await.unwrap();
    let ended = running.await.unwrap().unwrap();

    let sent = world.sim.stats().writes.applied;
    assert_eq!((ended.status, ended.unconfirmed_count), (JobStatus::Cancelled, 0));
    assert_eq!((u64::from(ended.success_count), ended.progress), (sent, 40));
    let open = world.engine.storage().open_intents(job.id).await.unwrap();
    assert!(open.is_empty(), "{open:?}");
}

#[tokio::test]
async fn a_dry_run_is_planned_and_cannot_be_started() {
    let world = World::new().await;
    let files = forty_rows();
    let options = JobOptions {
        dry_run: true,
        ..JobOptions::default()
    };

    let job = world.apply(&borrowed(&files), options).await;

    assert_eq!((job.status, job.progress), (JobStatus::Planned, 0));
    assert!(matches!(
        world.engine.start(job.id, None, &world.actor).await,
        Err(JobError::DryRun(_))
    ));
    assert_eq!(world.sim.stats().writes.applied, 0);
}

#[tokio::test]
async fn a_job_of_somebody_else_does_not_exist() {
    let world = World::new().await;
    let files = forty_rows();
    let job = world.import(&borrowed(&files), JobOptions::default()).await;
    let mut stranger = Actor {
        username: "dev-0001".into(),
        administrator: false,
        ..world.actor.clone()
    };
    stranger.user.user_id += 1;

    for refused in [
        world.engine.job(job.id, &stranger).await,
        world.engine.pause(job.id, &stranger).await,
        world.engine.cancel(job.id, &stranger).await,
        world.engine.start(job.id, None, &stranger).await,
        world
            .engine
            .retry(job.id, None, domain::Origin::Cli, &stranger)
            .await,
    ] {
        assert!(
            matches!(refused, Err(JobError::NotFound(id)) if id == job.id),
            "{refused:?}"
        );
    }
    assert!(matches!(
        world.engine.claim_job(job.id, &stranger).await,
        Err(JobError::NotFound(_))
    ));
}

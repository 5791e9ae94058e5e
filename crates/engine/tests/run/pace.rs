//! What a job has to wait for, and what it does meanwhile.

use std::sync::Arc;
use std::time::Duration;

use domain::{Clock, Job, JobOptions, JobStatus, ManualClock, Origin, SystemClock};
use engine::events::What;
use gitlab_client::Lane;
use gitlab_sim::{Fault, LimitChanges};
use serde_json::json;
use storage::Need;
use tokio_util::sync::CancellationToken;

use crate::world::{World, borrowed, forty_rows};

async fn world() -> (Arc<ManualClock>, World) {
    let clock = Arc::new(ManualClock::at(SystemClock::new().now()));
    let world = World::on(&clock).await;
    (clock, world)
}

fn limits(changes: serde_json::Value) -> LimitChanges {
    serde_json::from_value(changes).unwrap()
}

#[tokio::test]
async fn a_scheduled_job_is_planned_at_once_and_sends_nothing_before_its_moment() {
    let (clock, world) = world().await;
    let moment = clock.now().plus(Duration::from_hours(2));
    let options = JobOptions {
        not_before: Some(moment),
        ..JobOptions::default()
    };
    let files = forty_rows();
    let scheduled = |job: &Job| {
        assert_eq!(
            (job.status, job.waiting_until),
            (JobStatus::Pending, Some(moment))
        );
        assert_eq!(
            job.waiting_reason.as_deref(),
            Some("it is not to be run before then (notBefore)")
        );
    };

    let job = world.apply(&borrowed(&files), options).await;
    scheduled(&job);
    assert!(
        world
            .engine
            .claim_any(Origin::Cli, Need::Run)
            .await
            .unwrap()
            .is_none()
    );
    scheduled(&world.work(job.id).await);
    assert_eq!(world.sim.stats().writes.applied, 0);

    world.pass(&clock, Duration::from_hours(2));
    let done = world.work(job.id).await;
    assert_eq!((done.status, done.success_count), (JobStatus::Completed, 40));
}

#[tokio::test]
async fn a_daily_quota_is_waited_for_day_by_day_without_a_runner() {
    let (clock, world) = world().await;
    let ten_a_day = json!({ "endpoints": { "POST /projects": { "limit": 10, "seconds": 86_400 } } });
    world.sim.limit(limits(ten_a_day)).unwrap();
    let files = forty_rows();
    let job = world.import(&borrowed(&files), JobOptions::default()).await;

    let mut days = Vec::new();
    let done = loop {
        let job = world.work(job.id).await;
        if job.status != JobStatus::Pending {
            break job;
        }
        assert_eq!(
            job.waiting_reason.as_deref(),
            Some("GitLab limits POST /projects")
        );
        let wait = job.waiting_until.unwrap().since(clock.now());
        assert!((86_399..86_402).contains(&wait.as_secs()), "{wait:?}");
        assert!(
            world
                .engine
                .claim_any(Origin::Cli, Need::Run)
                .await
                .unwrap()
                .is_none()
        );
        days.push(job.success_count);
        world.pass(&clock, wait);
    };
    // Groups and members do not wait for the projects. On the second day the number is measured; on the third
    // it is known, and one of the ten is left to people.
    assert_eq!(days, [20, 30, 39]);
    assert_eq!((done.status, done.success_count), (JobStatus::Completed, 40));
    let refused = world.sim.stats().rate_limited;
    assert!(
        (2..=20).contains(&refused),
        "{refused}: those under way on two days"
    );
    assert!(world.items(job.id).await.iter().all(|item| item.attempts == 1));
}

#[tokio::test]
async fn a_job_that_gitlab_sends_away_for_minutes_gives_its_place_up() {
    let (clock, world) = world().await;
    world
        .sim
        .fault(Fault::post("/api/v4/projects").nth(4).throttle(300));
    let files = forty_rows();
    let job = world.import(&borrowed(&files), JobOptions::default()).await;

    let waits = world.work(job.id).await;
    assert_eq!(waits.status, JobStatus::Pending);
    assert_eq!(waits.waiting_reason.as_deref(), Some("GitLab asked to wait"));
    assert_eq!(
        waits.waiting_until,
        Some(clock.now().plus(Duration::from_mins(5)))
    );
    world.pass(&clock, Duration::from_mins(5));
    let done = world.work(job.id).await;
    assert_eq!((done.status, done.success_count), (JobStatus::Completed, 40));
    assert_eq!(world.sim.stats().writes.applied, 40);
}

#[tokio::test]
async fn a_short_wait_is_said_while_it_lasts_and_not_after() {
    let (clock, world) = world().await;
    world.sim.fault(Fault::post("/api/v4/groups").nth(1).throttle(20));
    let job = world
        .plan(
            &[("groups.csv", "name,path,parent\nOne,one,\n")],
            JobOptions::default(),
        )
        .await;
    let asked_to_wait = clock.now().plus(Duration::from_secs(20));
    let mut events = world.engine.events().listen();
    let (lease, job) = world.engine.claim_job(job.id, &world.actor).await.unwrap();
    let id = job.id;
    let running = tokio::spawn({
        let (engine, gitlab) = (world.engine.clone(), world.gitlab.clone());
        async move { engine.work(lease, job, gitlab, CancellationToken::new()).await }
    });
    while world.gitlab.waiting(Lane::Jobs).is_none() {
        tokio::task::yield_now().await;
    }
    let mut said = None;
    while !running.is_finished() {
        // Time passes only while nothing is under way: here, in the gate.
        if clock.now() < asked_to_wait.plus(Duration::from_secs(1)) {
            clock.advance(Duration::from_millis(500));
        }
        world.engine.job(id, &world.actor).await.unwrap();
        while let Ok(event) = events.try_recv() {
            if let What::Progress(job) = event.what
                && let Some(until) = job.waiting_until
            {
                said = Some((until, job.waiting_reason.clone()));
            }
        }
    }
    assert_eq!(
        said,
        Some((asked_to_wait, Some("GitLab asked to wait".to_owned())))
    );
    let done = running.await.unwrap().unwrap();
    assert_eq!((done.status, done.waiting_until), (JobStatus::Completed, None));
}

#[tokio::test]
async fn a_lock_is_tried_again_and_any_other_conflict_is_an_answer() {
    let world = World::new().await;
    let acme = json!({ "name": "Acme", "path": "acme" });
    let acme = world.by_hand("groups", acme).await;
    let files = [
        ("groups.csv", "name,path,parent\nTools,tools,acme\n"),
        (
            "members.csv",
            "username,group,access_level\ndev-0001,acme,developer\ndev-0002,acme,developer\n",
        ),
    ];
    let options = JobOptions {
        skip_existing: false,
        ..JobOptions::default()
    };
    let job = world.plan(&files, options).await;
    let dev_0001 = json!({ "username": "dev-0001", "access_level": 10 });
    world.by_hand(&format!("groups/{acme}/members"), dev_0001).await;
    world.sim.fault(Fault::post("/api/v4/groups").nth(1).status(409));

    world.work(job.id).await;

    insta::assert_snapshot!(world.ledger(job.id).await, @r"
    create_group acme/tools create succeeded attempts=2
    add_member acme#dev-0001 create failed attempts=1 GITLAB_CONFLICT
    add_member acme#dev-0002 create succeeded attempts=1
    ");
}

#[tokio::test]
async fn a_job_that_is_cancelled_while_it_is_planned_asks_gitlab_nothing_more() {
    let (clock, world) = world().await;
    world.sim.fault(Fault::get("/api/v4/**").hang());
    let files = [("groups.csv", "name,path,parent\nOne,one,acme\n")];
    let job = world.import(&files, JobOptions::default()).await;
    let (lease, job) = world.engine.claim_job(job.id, &world.actor).await.unwrap();
    let id = job.id;
    let planning = tokio::spawn({
        let (engine, gitlab) = (world.engine.clone(), world.gitlab.clone());
        async move { engine.plan(&lease, &job, &gitlab).await }
    });
    while world.sim.stats().max_in_flight == 0 {
        tokio::task::yield_now().await;
    }

    world.engine.cancel(id, &world.actor).await.unwrap();
    // The lease is renewed, which tells of it. No request is given up or tried again so soon.
    clock.advance(Duration::from_secs(1));
    while !planning.is_finished() {
        world.engine.job(id, &world.actor).await.unwrap();
    }

    let job = planning.await.unwrap().unwrap();
    assert_eq!(job.status, JobStatus::Cancelled);
}

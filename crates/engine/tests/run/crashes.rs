//! A runner that dies at any moment, and the one that goes on after it.

use domain::{JobOptions, JobStatus};
use engine::events::What;
use gitlab_sim::Fault;
use tokio_util::sync::CancellationToken;

use crate::world::{World, borrowed, forty_rows, work};

#[tokio::test]
async fn runners_that_die_again_and_again_leave_each_object_made_once() {
    let world = World::new().await;
    world
        .sim
        .fault(Fault::post("/api/v4/**").every(5).accept_then_drop());
    let files = forty_rows();
    let job = world.import(&borrowed(&files), JobOptions::default()).await;
    let mut open_intents = 0;

    // Each runner dies after a few more committed batches than the one before.
    for lives_for in 1..20 {
        let engine = world.another_engine(&format!("runner-{lives_for}"));
        let mut events = engine.events().listen();
        let (gitlab, actor) = (world.gitlab.clone(), world.actor.clone());
        let runner = tokio::spawn({
            let engine = engine.clone();
            async move { work(&engine, &gitlab, &actor, job.id, CancellationToken::new()).await }
        });
        let mut committed = 0;
        while committed < lives_for && !runner.is_finished() {
            match tokio::time::timeout(std::time::Duration::from_secs(5), events.recv()).await {
                Ok(Ok(event)) if matches!(event.what, What::Progress(_)) => committed += 1,
                Ok(Ok(_)) => {}
                _ => break,
            }
        }
        runner.abort();
        let _ = runner.await;
        open_intents += storage::Ledger::open_intents(&*world.storage, job.id)
            .await
            .unwrap()
            .len();
        if world
            .engine
            .job(job.id, &world.actor)
            .await
            .unwrap()
            .status
            .has_ended()
        {
            break;
        }
    }
    let done = match world.engine.job(job.id, &world.actor).await.unwrap() {
        job if job.status.has_ended() => job,
        job => world.work(job.id).await,
    };

    assert!(open_intents > 0, "the runners died between intent and evidence");
    assert_eq!(
        (done.status, done.success_count, done.unconfirmed_count),
        (JobStatus::Completed, 40, 0)
    );
    let stats = world.sim.stats();
    assert_eq!(
        (stats.writes.applied, stats.writes.rejected_as_duplicate),
        (40, 0)
    );
    assert!(
        storage::Ledger::open_intents(&*world.storage, job.id)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn what_was_under_way_in_a_cancelled_job_whose_runner_died_is_for_a_person_to_look_at() {
    let world = World::new().await;
    world.sim.fault(Fault::post("/api/v4/groups").hang());
    let job = world
        .import(
            &[("groups.csv", "name,path,parent\nAcme,acme,\n")],
            JobOptions::default(),
        )
        .await;
    let runner = tokio::spawn({
        let (engine, gitlab, actor) = (
            world.another_engine("dies"),
            world.gitlab.clone(),
            world.actor.clone(),
        );
        async move { work(&engine, &gitlab, &actor, job.id, CancellationToken::new()).await }
    });
    while storage::Ledger::open_intents(&*world.storage, job.id)
        .await
        .unwrap()
        .is_empty()
    {
        tokio::task::yield_now().await;
    }
    runner.abort();
    let _ = runner.await;

    world.engine.free(job.id, &world.actor).await.unwrap();
    let cancelled = world.engine.cancel(job.id, &world.actor).await.unwrap();

    assert_eq!(
        (cancelled.status, cancelled.progress, cancelled.unconfirmed_count),
        (JobStatus::Cancelled, 1, 1)
    );
    let items = world.items(job.id).await;
    assert_eq!(
        items[0].look_at.as_ref().unwrap().message,
        "The job was cancelled while GitLab's answer was outstanding. Look whether it was done."
    );
}

#[tokio::test]
async fn a_runner_whose_job_was_taken_over_sends_nothing_more() {
    let world = World::new().await;
    let files = forty_rows();
    let job = world
        .import(
            &borrowed(&files),
            JobOptions {
                rate_per_second: Some(100.0),
                ..JobOptions::default()
            },
        )
        .await;
    let (first, second) = (world.another_engine("first"), world.another_engine("second"));
    let loser = world.under_way(&first, job.id).await;

    let done = work(
        &second,
        &world.gitlab,
        &world.actor,
        job.id,
        CancellationToken::new(),
    )
    .await;

    // The first either saw that it had lost the job, or gave back what it read after the second had finished.
    let _ = loser.await.unwrap();
    assert_eq!(
        (done.status, done.success_count + done.skipped_count),
        (JobStatus::Completed, 40)
    );
    let stats = world.sim.stats();
    assert_eq!(
        (stats.writes.applied, stats.writes.rejected_as_duplicate),
        (40, 0)
    );
}

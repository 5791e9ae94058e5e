//! What ended long ago goes, with all that belongs to it.

use domain::{JobEvent, Timestamp};

use super::World;
use super::actors::problem;

pub async fn a_purged_job_leaves_nothing_behind(world: World) {
    let job = world.started_job(70).await;
    let run = world.runner("anna").claims(job).await;
    run.begins(0..2).await.unwrap();
    run.succeeds([0]).await.unwrap();
    world.storage.put_credential(job, b"sealed").await.unwrap();
    run.moves(JobEvent::Finished).await.unwrap();

    let later = world.a_second_passes();
    assert_eq!(world.storage.purge_jobs(later).await.unwrap(), 1);
    assert!(world.storage.job(job).await.unwrap().is_none());
    assert!(world.shown(job).await.is_empty());
    assert!(world.storage.load_items(job, None, 100).await.unwrap().is_empty());
    assert!(world.storage.open_intents(job).await.unwrap().is_empty());
    assert!(world.storage.credential(job).await.unwrap().is_none());

    // Nothing is left that the next job would inherit.
    let next = world.started_job(3).await;
    assert_eq!(world.open_intents(next).await, [""; 0]);
    assert_eq!(world.standing(next).await, "pending pending pending");
    assert_eq!(world.storage.credential(next).await.unwrap(), None);
}

pub async fn what_has_not_ended_long_ago_stays(world: World) {
    let waiting = world.started_job(1).await;
    let cancelled = world.planned_job(1).await;
    world.person_moves(cancelled, JobEvent::Cancel).await.unwrap();
    let broken = world.started_job(1).await;
    let run = world.runner("anna").claims(broken).await;
    let ended = world.a_second_passes();
    world
        .storage
        .move_leased(&run.lease, JobEvent::Broke, Some(problem("GONE")))
        .await
        .unwrap();

    assert_eq!(
        world.storage.purge_jobs(Timestamp::from_millis(0)).await.unwrap(),
        0
    );
    assert_eq!(
        world.storage.purge_jobs(ended).await.unwrap(),
        1,
        "the cancelled one"
    );
    assert!(world.storage.job(cancelled).await.unwrap().is_none());
    assert_eq!(
        world.storage.purge_jobs(world.a_second_passes()).await.unwrap(),
        1,
        "the broken one"
    );
    assert!(world.storage.job(broken).await.unwrap().is_none());
    assert_eq!(world.standing(waiting).await, "pending");
}

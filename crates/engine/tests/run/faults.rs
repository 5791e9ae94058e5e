//! Each way in which GitLab can fail us, on every write of a small estate.

use domain::{JobOptions, JobStatus};
use gitlab_sim::Fault;

use crate::world::{World, borrowed, forty_rows};

/// After whatever happened: the forty objects are there, each made once.
fn assert_the_estate_is_there_once(world: &World) {
    let stats = world.sim.stats();
    assert_eq!(
        (stats.writes.applied, stats.writes.rejected_as_duplicate),
        (40, 0)
    );
    assert_eq!((stats.entities.groups, stats.entities.projects), (3, 30));
}

async fn forty_rows_with(fault: Fault) -> (World, domain::Job) {
    let world = World::new().await;
    world.sim.fault(fault);
    let files = forty_rows();
    let job = world.apply(&borrowed(&files), JobOptions::default()).await;
    (world, job)
}

#[tokio::test]
async fn work_that_was_done_without_an_answer_is_found_and_adopted() {
    let (world, job) = forty_rows_with(Fault::post("/api/v4/**").every(3).accept_then_drop()).await;
    assert_eq!((job.status, job.success_count), (JobStatus::Completed, 40));
    assert_the_estate_is_there_once(&world);
    let items = world.items(job.id).await;
    assert!(
        items.iter().all(|item| item.attempts == 1),
        "nothing was sent twice"
    );
}

#[tokio::test]
async fn a_500_after_the_work_was_done_is_not_believed() {
    let (world, job) = forty_rows_with(Fault::post("/api/v4/**").every(4).accept_then_500()).await;
    assert_eq!((job.status, job.success_count), (JobStatus::Completed, 40));
    assert_the_estate_is_there_once(&world);
}

#[tokio::test]
async fn a_request_that_was_cut_before_the_work_is_sent_again_once_it_is_known_to_be_absent() {
    let (world, job) = forty_rows_with(Fault::post("/api/v4/**").every(5).drop_connection()).await;
    assert_eq!((job.status, job.success_count), (JobStatus::Completed, 40));
    assert_the_estate_is_there_once(&world);
    let items = world.items(job.id).await;
    assert!(items.iter().any(|item| item.attempts == 2));
}

#[tokio::test]
async fn a_cut_answer_body_is_settled_by_looking() {
    let (world, job) = forty_rows_with(Fault::post("/api/v4/projects").every(2).truncate()).await;
    assert_eq!((job.status, job.success_count), (JobStatus::Completed, 40));
    assert_the_estate_is_there_once(&world);
}

#[tokio::test]
async fn a_busy_gateway_that_did_nothing_is_asked_again() {
    let (world, job) = forty_rows_with(Fault::post("/api/v4/**").every(6).status(503)).await;
    assert_eq!((job.status, job.success_count), (JobStatus::Completed, 40));
    assert_the_estate_is_there_once(&world);
}

#[tokio::test]
async fn a_throttled_item_is_sent_again_without_using_an_attempt() {
    let (world, job) = forty_rows_with(Fault::post("/api/v4/projects").nth(5).throttle(1)).await;
    assert_eq!((job.status, job.success_count), (JobStatus::Completed, 40));
    assert_the_estate_is_there_once(&world);
    assert!(world.items(job.id).await.iter().all(|item| item.attempts == 1));
}

#[tokio::test]
async fn a_refusal_is_final_and_says_what_gitlab_said() {
    let (world, job) = forty_rows_with(Fault::post("/api/v4/projects").nth(1).status(422)).await;
    assert_eq!(
        (job.status, job.success_count, job.failure_count),
        (JobStatus::Completed, 39, 1)
    );
    let items = world.items(job.id).await;
    let failed = items.iter().find(|item| item.error.is_some()).unwrap();
    let error = failed.error.as_ref().unwrap();
    assert_eq!(
        (failed.attempts, error.code.as_str(), error.gitlab_status),
        (1, "GITLAB_INVALID", Some(422))
    );
}

#[tokio::test]
async fn a_refused_token_pauses_the_job_and_loses_nothing() {
    let world = World::new().await;
    world.sim.fault(Fault::post("/api/v4/projects").status(401));
    let files = forty_rows();

    let paused = world.apply(&borrowed(&files), JobOptions::default()).await;
    assert_eq!(paused.status, JobStatus::Paused);
    assert_eq!(
        paused.waiting_reason.as_deref(),
        Some(
            "GitLab refused the token: it has expired or was revoked. The job goes on after the next login."
        )
    );
    assert_eq!(paused.failure_count, 0);

    world.sim.clear_faults();
    let done = world.work(paused.id).await;
    assert_eq!((done.status, done.success_count), (JobStatus::Completed, 40));
    assert_the_estate_is_there_once(&world);
}

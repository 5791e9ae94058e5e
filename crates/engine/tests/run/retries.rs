//! Failed items run again, in a new job.

use domain::{Job, JobId, JobOptions, JobStatus, Origin};
use engine::JobError;
use gitlab_sim::{Fault, Tier};
use insta::assert_snapshot;
use serde_json::json;

use crate::world::World;

async fn retry(world: &World, job: JobId, code: Option<&str>) -> Job {
    let job = world
        .engine
        .retry(job, code, Origin::Cli, &world.actor)
        .await
        .unwrap();
    world.work(job.id).await
}

#[tokio::test]
async fn of_an_item_with_two_writes_only_the_one_that_failed_is_sent_again() {
    let world = World::of_tier(Tier::Free).await;
    let group = world
        .by_hand("groups", json!({"name": "Acme", "path": "acme"}))
        .await;
    let project = world
        .by_hand("projects", json!({"name": "web", "namespace_id": group}))
        .await;
    let branches = format!("projects/{project}/protected_branches");
    world
        .by_hand(&branches, json!({"name": "main", "push_access_level": 40}))
        .await;
    world.sim.fault(
        Fault::post("/api/v4/projects/*/protected_branches")
            .nth(1)
            .status(422),
    );
    let rules = json!([{"project": "acme/web", "name": "main", "push_access_level": "no_one"}]);
    let job = world.run("protect_branch", &rules, JobOptions::default()).await;
    assert_snapshot!(world.ledger(job.id).await, @"protect_branch acme/web#main update failed attempts=2 GITLAB_INVALID");

    let before = world.sim.stats().writes.applied;
    let again = retry(&world, job.id, None).await;
    assert_snapshot!(world.ledger(again.id).await, @"protect_branch acme/web#main create succeeded attempts=1");
    assert_eq!(world.sim.stats().writes.applied - before, 1);
}

#[tokio::test]
async fn what_failed_because_of_another_item_is_retried_together_with_it() {
    let world = World::new().await;
    world.sim.fault(Fault::post("/api/v4/groups").nth(1).status(403));
    let job = world
        .run_mixed(&[
            ("create_group", json!({"name": "Acme", "path": "acme"})),
            ("create_project", json!({"name": "web", "group": "acme"})),
            ("create_group", json!({"name": "Beta", "path": "beta"})),
        ])
        .await;
    assert_snapshot!(world.ledger(job.id).await, @r"
    create_group acme create failed attempts=1 GITLAB_FORBIDDEN
    create_project acme/web create failed attempts=0 DEPENDENCY_FAILED
    create_group beta create succeeded attempts=1
    ");
    let again = retry(&world, job.id, Some("DEPENDENCY_FAILED")).await;
    assert_snapshot!(world.ledger(again.id).await, @r"
    create_group acme create succeeded attempts=1
    create_project acme/web create succeeded attempts=1
    ");
}

#[tokio::test]
async fn what_would_be_removed_otherwise_than_was_agreed_to_is_agreed_to_again() {
    let mut world = World::new().await;
    world.look_again();
    let group = world
        .by_hand("groups", json!({"name": "Acme", "path": "acme"}))
        .await;
    let project = world
        .by_hand("projects", json!({"name": "web", "namespace_id": group}))
        .await;
    let branches = format!("projects/{project}/protected_branches");
    world
        .by_hand(&branches, json!({"name": "main", "push_access_level": 40}))
        .await;
    let job = world
        .planned(
            "unprotect_branch",
            &json!([{"project": "acme/web", "name": "main"}]),
            JobOptions::default(),
        )
        .await;
    world.remove_by_hand(&format!("{branches}/main")).await;
    world
        .by_hand(&branches, json!({"name": "main", "push_access_level": 0}))
        .await;
    world
        .engine
        .start(job.id, Some("acme/web#main"), &world.actor)
        .await
        .unwrap();
    world.work(job.id).await;
    assert_snapshot!(world.ledger(job.id).await, @"unprotect_branch acme/web#main conflict failed attempts=0 CHANGED_SINCE_PLAN");

    let again = world
        .engine
        .retry(job.id, None, Origin::Cli, &world.actor)
        .await
        .unwrap();
    let again = world.plan_job(again.id).await;
    assert_eq!(again.status, JobStatus::Planned, "it does not start by itself");
}

/// Two projects of a group, of which the second is not there yet, and a job that deletes both. Returns the group's number.
async fn a_deletion_of_which_half_is_a_conflict(world: &World) -> (u64, Job) {
    let group = world
        .by_hand("groups", json!({"name": "Acme", "path": "acme"}))
        .await;
    world
        .by_hand("projects", json!({"name": "web", "namespace_id": group}))
        .await;
    let both = json!([{"project": "acme/web"}, {"project": "acme/api"}]);
    let job = world
        .planned("delete_project", &both, JobOptions::default())
        .await;
    assert_eq!(
        job.confirmation.as_deref(),
        Some("acme/web"),
        "nothing else is agreed to"
    );
    (group, job)
}

async fn start(world: &World, job: JobId, confirm: Option<&str>) -> Result<Job, JobError> {
    world.engine.start(job, confirm, &world.actor).await
}

#[tokio::test]
async fn what_stood_in_the_plan_as_a_conflict_is_not_removed_before_it_is_agreed_to() {
    let world = World::new().await;
    let (group, job) = a_deletion_of_which_half_is_a_conflict(&world).await;
    start(&world, job.id, Some("acme/web")).await.unwrap();
    world.work(job.id).await;
    assert_snapshot!(world.ledger(job.id).await, @r"
    delete_project acme/web delete succeeded attempts=1
    delete_project acme/api conflict failed attempts=0 PARENT_NOT_FOUND
    ");
    world
        .by_hand("projects", json!({"name": "api", "namespace_id": group}))
        .await;

    let again = world
        .engine
        .retry(job.id, None, Origin::Cli, &world.actor)
        .await
        .unwrap();
    let again = world.plan_job(again.id).await;

    assert_eq!(
        (again.status, again.confirmation.as_deref()),
        (JobStatus::Planned, Some("acme/api"))
    );
    for unasked in [None, Some("acme/web")] {
        let refused = start(&world, again.id, unasked).await;
        assert!(
            matches!(&refused, Err(JobError::Unconfirmed { expected }) if expected == "acme/api"),
            "{refused:?}"
        );
    }
    assert!(!world.sim.project("acme/api").unwrap().marked_for_deletion);
    start(&world, again.id, Some("acme/api")).await.unwrap();
    assert_eq!(world.work(again.id).await.success_count, 1);
}

#[tokio::test]
async fn what_was_agreed_to_is_removed_by_the_retry_without_asking_and_the_rest_is_not() {
    let world = World::new().await;
    let (group, job) = a_deletion_of_which_half_is_a_conflict(&world).await;
    world
        .sim
        .fault(Fault::delete("/api/v4/projects/*").times(2).status(403));
    start(&world, job.id, Some("acme/web")).await.unwrap();
    world.work(job.id).await;

    // As it was: only what was agreed to is left to do.
    let again = retry(&world, job.id, Some("GITLAB_FORBIDDEN")).await;
    let first = again.id;
    assert_eq!(
        (again.confirmation.as_deref(), again.status),
        (None, JobStatus::Completed)
    );
    assert_snapshot!(world.ledger(again.id).await, @"delete_project acme/web delete failed attempts=1 GITLAB_FORBIDDEN");

    // The other one can be removed as well by now: the text is about both.
    world
        .by_hand("projects", json!({"name": "api", "namespace_id": group}))
        .await;
    let again = world
        .engine
        .retry(job.id, None, Origin::Cli, &world.actor)
        .await
        .unwrap();
    let both = world.plan_job(again.id).await;
    assert_eq!(
        (both.status, both.confirmation.as_deref()),
        (JobStatus::Planned, Some("delete 2 projects"))
    );

    // A retry of the retry: still agreed to.
    let again = retry(&world, first, None).await;
    assert_eq!((again.status, again.success_count), (JobStatus::Completed, 1));
}

#[tokio::test]
async fn another_project_under_the_path_that_was_agreed_to_is_not_removed_unasked() {
    let world = World::new().await;
    let (group, job) = a_deletion_of_which_half_is_a_conflict(&world).await;
    world
        .sim
        .fault(Fault::delete("/api/v4/projects/*").times(1).status(403));
    start(&world, job.id, Some("acme/web")).await.unwrap();
    world.work(job.id).await;
    world
        .change_by_hand("projects/acme%2Fweb", json!({"path": "old", "name": "old"}))
        .await;
    world
        .by_hand("projects", json!({"name": "web", "namespace_id": group}))
        .await;

    let again = world
        .engine
        .retry(job.id, Some("GITLAB_FORBIDDEN"), Origin::Cli, &world.actor)
        .await
        .unwrap();
    let again = world.plan_job(again.id).await;

    assert_eq!(
        (again.status, again.confirmation.as_deref()),
        (JobStatus::Planned, Some("acme/web"))
    );
}

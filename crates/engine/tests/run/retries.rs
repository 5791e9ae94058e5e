//! Failed items run again, in a new job.

use domain::{Job, JobId, JobOptions, JobStatus, Origin};
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

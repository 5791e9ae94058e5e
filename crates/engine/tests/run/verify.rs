//! Verifying: what a job did, compared with what GitLab has now.

use domain::{Item, JobId, JobOptions};
use engine::JobError;
use gitlab_sim::{Fault, Tier};
use insta::assert_snapshot;
use serde_json::json;

use crate::world::{World, borrowed, forty_rows};

async fn differences(world: &World, job: JobId) -> String {
    let lines = |item: Item| -> Vec<String> {
        let found = item.differences.unwrap_or_default();
        let line = |change: domain::Change| {
            format!(
                "{} {}: {} → {}",
                item.target, change.field, change.from, change.to
            )
        };
        found.into_iter().map(line).collect()
    };
    world
        .items(job)
        .await
        .into_iter()
        .flat_map(lines)
        .collect::<Vec<_>>()
        .join("\n")
}

#[tokio::test]
async fn a_job_that_has_not_ended_cannot_be_verified() {
    let world = World::new().await;
    let files = forty_rows();
    let job = world.plan(&borrowed(&files), JobOptions::default()).await;
    let error = world
        .engine
        .verify(job.id, &world.gitlab, &world.actor)
        .await
        .unwrap_err();
    assert!(matches!(error, JobError::StillRunning(..)), "{error}");
}

#[tokio::test]
async fn what_is_as_the_job_left_it_differs_nowhere_and_takes_as_few_requests_as_planning() {
    let world = World::new().await;
    let files = forty_rows();
    let reads = || {
        world
            .sim
            .journal(0)
            .iter()
            .filter(|entry| entry.method == "GET")
            .count()
    };
    let job = world.apply(&borrowed(&files), JobOptions::default()).await;
    let before = reads();
    world.plan(&borrowed(&files), JobOptions::default()).await;
    let planning = reads() - before;

    let verified = world
        .engine
        .verify(job.id, &world.gitlab, &world.actor)
        .await
        .unwrap();
    assert!(verified.verified_at.is_some());
    assert_eq!(differences(&world, job.id).await, "");
    let verifying = reads() - before - planning;
    assert!(
        verifying <= planning,
        "{verifying} requests, planning took {planning}"
    );
    for item in world.items(job.id).await {
        assert_eq!(item.differences, Some(vec![]), "{} was looked at", item.target);
    }
}

#[tokio::test]
async fn what_somebody_changed_or_removed_is_shown_on_its_item() {
    let world = World::of_tier(Tier::Premium).await;
    let group = world
        .by_hand("groups", json!({"name": "Acme", "path": "acme"}))
        .await;
    world
        .by_hand("projects", json!({"name": "web", "namespace_id": group}))
        .await;
    let job = world
        .run_mixed(&[
            (
                "create_project",
                json!({"name": "api", "group": "acme", "description": "Ours"}),
            ),
            (
                "protect_branch",
                json!({"project": "acme/web", "name": "main", "push_access_level": 40}),
            ),
            (
                "protect_branch",
                json!({"project": "acme/web", "name": "dev", "push_access_level": 40}),
            ),
            (
                "set_push_rule",
                json!({"project": "acme/web", "prevent_secrets": true}),
            ),
            (
                "add_member",
                json!({"group": "acme", "username": "dev-0001", "access_level": 30}),
            ),
        ])
        .await;
    assert_eq!(job.success_count, 5, "{}", world.ledger(job.id).await);
    world
        .change_by_hand("projects/acme%2Fapi", json!({"description": "Mine"}))
        .await;
    world
        .remove_by_hand("projects/acme%2Fweb/protected_branches/dev")
        .await;
    world
        .change_by_hand("projects/acme%2Fweb/push_rule", json!({"prevent_secrets": false}))
        .await;
    let dev = world.user("dev-0001").await;
    world
        .change_by_hand(
            &format!("groups/{group}/members/{dev}"),
            json!({"access_level": 40}),
        )
        .await;

    world
        .engine
        .verify(job.id, &world.gitlab, &world.actor)
        .await
        .unwrap();
    assert_snapshot!(differences(&world, job.id).await, @r#"
    acme/api description: "Ours" → "Mine"
    acme/web#dev exists: true → false
    acme/web#push_rule prevent_secrets: true → false
    acme#dev-0001 access_level: "developer" → "maintainer"
    "#);
}

#[tokio::test]
async fn a_job_says_why_it_could_not_be_verified_until_it_is() {
    let world = World::new().await;
    let files = forty_rows();
    let job = world.apply(&borrowed(&files), JobOptions::default()).await;
    world.sim.fault(Fault::get("/api/v4/**").status(401));
    let (engine, actor) = (&world.engine, &world.actor);
    let refused = engine.verify(job.id, &world.gitlab, actor).await;
    assert!(refused.is_err());
    let told = engine.job(job.id, actor).await.unwrap();
    let error = told.verification_error.unwrap();
    assert_eq!(error.code, "UNAUTHORIZED");
    assert!(
        error.message.starts_with("the job could not be verified: "),
        "{}",
        error.message
    );
    assert_eq!((told.status, told.verified_at), (job.status, None));

    world.sim.clear_faults();
    let begun = engine.begin_verifying(job.id, actor).await.unwrap();
    assert_eq!(begun.verification_error, None);
    let verified = engine.verify(job.id, &world.gitlab, actor).await.unwrap();
    assert!(verified.verified_at.is_some() && verified.verification_error.is_none());
}

#[tokio::test]
async fn what_a_job_removed_and_somebody_brought_back_differs() {
    let world = World::new().await;
    let group = world
        .by_hand("groups", json!({"name": "Acme", "path": "acme"}))
        .await;
    let project = world
        .by_hand("projects", json!({"name": "web", "namespace_id": group}))
        .await;
    let branches = format!("projects/{project}/protected_branches");
    for name in ["main", "dev"] {
        world.by_hand(&branches, json!({"name": name})).await;
    }
    let job = world
        .run(
            "unprotect_branch",
            &json!([{"project": "acme/web", "name": "main"}, {"project": "acme/web", "name": "dev"}]),
            JobOptions {
                confirm: Some("unprotect 2 branches".into()),
                ..JobOptions::default()
            },
        )
        .await;
    assert_eq!(job.success_count, 2, "{}", world.ledger(job.id).await);
    world.by_hand(&branches, json!({"name": "dev"})).await;
    world
        .engine
        .verify(job.id, &world.gitlab, &world.actor)
        .await
        .unwrap();
    assert_snapshot!(differences(&world, job.id).await, @"acme/web#dev exists: false → true");
}

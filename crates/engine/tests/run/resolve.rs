//! Items of which nobody can tell what became of them, settled by a person.

use domain::{JobId, JobOptions, JobStatus};
use engine::{JobError, Resolution};
use gitlab_sim::{Fault, Tier};
use serde_json::json;

use crate::world::World;

/// A job whose one rule GitLab made otherwise than was sent, while the answer was lost. Returns the job, and
/// where the rules are.
pub(crate) async fn job_with_an_unconfirmed_item(world: &World) -> (JobId, &'static str) {
    let rules = "projects/acme%2Fweb/approval_rules";
    world.sim.fault(
        Fault::post("/api/v4/projects/*/approval_rules")
            .nth(1)
            .accept_then_drop(),
    );
    // By number nobody is looked for; GitLab leaves who has no access out without a word.
    let stranger = world.user("dev-0009").await.to_string();
    let job = world
        .run(
            "set_approval_rule",
            &json!([{"project": "acme/web", "name": "Security", "approvals_required": 1, "users": [stranger]}]),
            JobOptions::default(),
        )
        .await;
    assert_eq!((job.status, job.unconfirmed_count), (JobStatus::Completed, 1));
    (job.id, rules)
}

async fn world() -> World {
    let world = World::of_tier(Tier::Premium).await;
    let group = world
        .by_hand("groups", json!({"name": "Acme", "path": "acme"}))
        .await;
    world
        .by_hand("projects", json!({"name": "web", "namespace_id": group}))
        .await;
    world
}

#[tokio::test]
async fn only_what_is_unconfirmed_is_settled() {
    let world = world().await;
    let (job, _) = job_with_an_unconfirmed_item(&world).await;
    let resolve = |index, outcome| world.engine.resolve(job, index, outcome, &world.actor);
    let error = resolve(7, Resolution::Succeeded).await.unwrap_err();
    assert!(matches!(error, JobError::ItemNotFound(_, 7)), "{error}");
    let item = resolve(0, Resolution::Failed).await.unwrap();
    assert_eq!(item.error.unwrap().code, "SETTLED_AS_FAILED");
    let error = resolve(0, Resolution::Succeeded).await.unwrap_err();
    assert!(matches!(error, JobError::NotUnconfirmed(..)), "{error}");
}

#[tokio::test]
async fn a_persons_word_counts_as_success() {
    let world = world().await;
    let (job, _) = job_with_an_unconfirmed_item(&world).await;
    let item = world
        .engine
        .resolve(job, 0, Resolution::Succeeded, &world.actor)
        .await
        .unwrap();
    assert_eq!((item.status, item.look_at), (domain::ItemStatus::Succeeded, None));
    let job = world.engine.job(job, &world.actor).await.unwrap();
    assert_eq!(
        (job.status, job.success_count, job.unconfirmed_count, job.progress),
        (JobStatus::Completed, 1, 0, 1)
    );
}

#[tokio::test]
async fn what_is_to_be_tried_again_opens_a_completed_job_and_is_done_when_it_is_resumed() {
    let world = world().await;
    let (job, rules) = job_with_an_unconfirmed_item(&world).await;
    let rule = world.found_at(rules).await.unwrap()[0]["id"].as_u64().unwrap();
    world.remove_by_hand(&format!("{rules}/{rule}")).await;
    world
        .engine
        .resolve(job, 0, Resolution::Retry, &world.actor)
        .await
        .unwrap();
    let opened = world.engine.job(job, &world.actor).await.unwrap();
    assert_eq!(
        (
            opened.status,
            opened.waiting_reason.as_deref(),
            opened.progress,
            opened.finished_at
        ),
        (
            JobStatus::Paused,
            Some("item 0 is to be tried again; resume the job"),
            0,
            None
        )
    );
    let done = world.work(job).await;
    assert_eq!((done.status, done.success_count), (JobStatus::Completed, 1));
    assert_eq!(world.found_at(rules).await.unwrap().as_array().unwrap().len(), 1);
}

//! Apply runs exactly the plan that was agreed to: an item whose target has changed since is refused.

use std::sync::Arc;

use domain::{JobOptions, JobStatus};
use engine::failpoint::{self, Failpoints};
use gitlab_sim::Fault;
use insta::assert_snapshot;
use serde_json::json;
use storage::{Ledger, Storage};
use tokio_util::sync::CancellationToken;

use crate::world::{World, engine_with};

/// A group with a project, and an engine that takes no plan as fresh.
async fn world_with_a_project() -> (World, u64) {
    let mut world = World::new().await;
    world.look_again();
    let group = world
        .by_hand(
            "groups",
            json!({"name": "Acme", "path": "acme", "visibility": "public"}),
        )
        .await;
    world
        .by_hand(
            "projects",
            json!({"name": "web", "namespace_id": group, "description": "old", "visibility": "public"}),
        )
        .await;
    (world, group)
}

fn updating() -> JobOptions {
    JobOptions {
        update_existing: true,
        ..JobOptions::default()
    }
}

#[tokio::test]
async fn what_changed_since_the_plan_is_refused_with_the_difference_and_the_rest_is_done() {
    let (world, acme) = world_with_a_project().await;
    let files = [(
        "projects.csv",
        "name,group,description,visibility\nweb,acme,new,public\napi,acme,second,public\nops,acme,third,public\n",
    )];
    let job = world.plan(&files, updating()).await;
    world
        .change_by_hand("projects/acme%2Fweb", json!({"description": "mine"}))
        .await;
    world
        .by_hand(
            "projects",
            json!({"name": "ops", "namespace_id": acme, "description": "theirs"}),
        )
        .await;
    let before = world.sim.stats().writes.applied;
    world.work(job.id).await;
    assert_snapshot!(world.ledger(job.id).await, @r"
    create_project acme/web conflict failed attempts=0 CHANGED_SINCE_PLAN
    create_project acme/api create succeeded attempts=1
    create_project acme/ops conflict failed attempts=0 CHANGED_SINCE_PLAN
    ");
    assert_eq!(
        world.sim.stats().writes.applied - before,
        1,
        "only what was as planned"
    );
    let items = world.items(job.id).await;
    let errors: Vec<String> = items
        .iter()
        .filter_map(|item| item.error.as_ref())
        .map(|error| error.message.clone())
        .collect();
    assert_snapshot!(errors.join("\n"), @r#"
    `acme/web` has changed since it was planned (description was "old" then and is "mine" now); nothing was sent: plan again
    `acme/ops` has changed since it was planned (create then, update now); nothing was sent: plan again
    "#);
    let details = items[0].error.as_ref().unwrap().details.as_ref().unwrap();
    assert_eq!(
        (
            &details["planned"]["changes"][0]["from"],
            &details["now"]["changes"][0]["from"]
        ),
        (&json!("old"), &json!("mine"))
    );
}

#[tokio::test]
async fn what_became_as_wanted_meanwhile_is_not_sent_either() {
    let (world, _) = world_with_a_project().await;
    let files = [(
        "projects.csv",
        "name,group,description,visibility\nweb,acme,new,public\n",
    )];
    let job = world.plan(&files, updating()).await;
    world
        .change_by_hand("projects/acme%2Fweb", json!({"description": "new"}))
        .await;
    let before = world.sim.stats().writes.applied;
    world.work(job.id).await;
    let items = world.items(job.id).await;
    assert_eq!(
        items[0].error.as_ref().unwrap().message,
        "`acme/web` has changed since it was planned (update then, unchanged now); nothing was sent: plan again"
    );
    assert_eq!(world.sim.stats().writes.applied, before);
}

#[tokio::test]
async fn what_was_agreed_to_a_moment_ago_is_not_looked_at_again() {
    let world = World::new().await;
    world
        .by_hand("groups", json!({"name": "Acme", "path": "acme"}))
        .await;
    let job = world
        .plan(
            &[("projects.csv", "name,group\nweb,acme\n")],
            JobOptions::default(),
        )
        .await;
    let before = world.sim.journal(0).len();
    world.work(job.id).await;
    assert_eq!(
        world.sim.journal(0).len() - before,
        1,
        "the creation, and nothing else"
    );
}

#[tokio::test]
async fn a_job_that_was_paused_goes_on_below_what_it_made_itself() {
    let (world, _) = world_with_a_project().await;
    world
        .sim
        .fault(Fault::post("/api/v4/projects").nth(1).status(403));
    let files = [
        (
            "groups.csv",
            "name,path,parent,visibility\nTeam,team,acme,public\nSub,sub,acme/team,public\n",
        ),
        (
            "projects.csv",
            "name,group,visibility\na,acme/team,public\nb,acme/team/sub,public\nc,acme/team/sub,public\nd,acme/team,public\n",
        ),
    ];
    let stopping = JobOptions {
        continue_on_error: false,
        concurrency: Some(1),
        ..JobOptions::default()
    };
    let job = world.import(&files, stopping).await;
    let paused = world.work(job.id).await;
    assert_eq!((paused.status, paused.failure_count), (JobStatus::Paused, 1));
    // The job pauses again after it goes on: its one failure stays one.
    let mut done = world.work(job.id).await;
    for _ in 0..5 {
        if done.status.has_ended() {
            break;
        }
        done = world.work(job.id).await;
    }
    assert_eq!(
        (done.status, done.success_count, done.failure_count),
        (JobStatus::Completed, 5, 1),
        "{}",
        world.ledger(job.id).await
    );
}

#[tokio::test]
async fn what_was_taken_from_under_an_item_of_a_paused_job_is_said() {
    let (world, acme) = world_with_a_project().await;
    let job = world
        .plan(
            &[("projects.csv", "name,group,visibility\nb,acme,public\n")],
            JobOptions::default(),
        )
        .await;
    world.engine.pause(job.id, &world.actor).await.unwrap();
    world
        .by_hand(
            "projects",
            json!({"name": "b", "namespace_id": acme, "visibility": "public"}),
        )
        .await;
    let before = world.sim.stats().writes.applied;
    let done = world.work(job.id).await;
    assert_eq!((done.status, done.failure_count), (JobStatus::Completed, 1));
    assert_snapshot!(world.ledger(job.id).await, @"create_project acme/b conflict failed attempts=0 CHANGED_SINCE_PLAN");
    assert_eq!(world.sim.stats().writes.applied, before);
}

#[tokio::test]
async fn whoever_lets_a_job_go_on_has_it_compared_however_fresh_its_plan_is() {
    let world = World::new().await;
    let acme = world
        .by_hand("groups", json!({"name": "Acme", "path": "acme"}))
        .await;
    for name in ["web", "api"] {
        let project = json!({"name": name, "namespace_id": acme, "description": "old"});
        world.by_hand("projects", project).await;
    }
    let files = [(
        "projects.csv",
        "name,group,description\nweb,acme,new\napi,acme,new\nops,acme,new\n",
    )];
    let job = world.plan(&files, updating()).await;
    world.engine.pause(job.id, &world.actor).await.unwrap();
    // As after a backup was put back: what it knows nothing of was done, and changed by somebody.
    world
        .change_by_hand("projects/acme%2Fweb", json!({"description": "mine"}))
        .await;
    let ops = json!({"name": "ops", "namespace_id": acme, "description": "new"});
    world.by_hand("projects", ops).await;
    let before = world.sim.stats().writes.applied;

    let done = world.work(job.id).await;

    assert_eq!(done.status, JobStatus::Completed);
    assert_snapshot!(world.ledger(job.id).await, @r"
    create_project acme/web conflict failed attempts=0 CHANGED_SINCE_PLAN
    create_project acme/api update succeeded attempts=1
    create_project acme/ops conflict failed attempts=0 CHANGED_SINCE_PLAN
    ");
    assert_eq!(world.sim.stats().writes.applied - before, 1);
}

#[tokio::test]
async fn what_was_about_to_be_sent_is_not_sent_when_somebody_has_changed_it_meanwhile() {
    let (world, _) = world_with_a_project().await;
    let files = [("projects.csv", "name,group,description\nweb,acme,new\n")];
    let job = world.plan(&files, updating()).await;
    let failpoints = Failpoints::cutting(failpoint::AFTER_INTENT, 1);
    let storage = Arc::clone(&world.storage) as Arc<dyn Storage>;
    let clock = Arc::clone(world.engine.clock());
    let first = engine_with(storage, clock, "first", failpoints.clone());
    let (lease, job) = first.claim_job(job.id, &world.actor).await.unwrap();
    let id = job.id;
    let runner = tokio::spawn({
        let gitlab = world.gitlab.clone();
        async move { first.work(lease, job, gitlab, CancellationToken::new()).await }
    });
    failpoints.is_cut().await;
    runner.abort();
    world
        .change_by_hand("projects/acme%2Fweb", json!({"description": "mine"}))
        .await;
    let before = world.sim.stats().writes.applied;

    world.work(id).await;

    assert_eq!(
        world.items(id).await[0].error.as_ref().unwrap().message,
        "`acme/web` has changed since it was planned (description was \"old\" then and is \"mine\" now); what was sent \
         before has done nothing: plan again"
    );
    assert_eq!(world.sim.stats().writes.applied, before);
    assert!(world.storage.open_intents(id).await.unwrap().is_empty());
}

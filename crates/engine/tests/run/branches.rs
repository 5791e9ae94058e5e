//! Protected branches: made, changed and taken away.

use std::sync::Arc;
use std::time::Duration;

use domain::{Item, ItemStatus, Job, JobId, JobOptions, JobStatus};
use engine::failpoint::{self, Failpoints};
use engine::{Engine, JobError};
use gitlab_sim::{Fault, Tier};
use insta::assert_snapshot;
use serde_json::json;
use storage::{Ledger, Storage};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::asked::changes;
use crate::world::{World, engine_with};

/// A group with one project that has a branch `main`, unprotected.
async fn world_with_a_project(tier: Tier) -> (World, u64) {
    let world = World::of_tier(tier).await;
    let group = world
        .by_hand(
            "groups",
            json!({"name": "Acme", "path": "acme", "default_branch_protection": 0}),
        )
        .await;
    let project = world
        .by_hand(
            "projects",
            json!({"name": "web", "namespace_id": group, "initialize_with_readme": true}),
        )
        .await;
    (world, project)
}

fn levels(branch: &serde_json::Value, kind: &str) -> Vec<u64> {
    let lines = branch[kind].as_array().unwrap();
    lines
        .iter()
        .map(|line| line["access_level"].as_u64().unwrap_or_default())
        .collect()
}

async fn branch(world: &World, project: u64, name: &str) -> Option<serde_json::Value> {
    world
        .found_at(&format!("projects/{project}/protected_branches/{name}"))
        .await
}

#[tokio::test]
async fn levels_are_said_by_name_or_number_and_anything_else_is_refused_before_gitlab_is_asked() {
    let (world, _) = world_with_a_project(Tier::Free).await;
    let problems = world.refused(
        "protect_branch",
        &json!([
            {"project": "acme/web", "name": "main", "push_access_level": "owner"},
            {"project": "acme/web", "name": "a", "unprotect_access_level": "no_one"},
            {"project": "acme/web", "name": "b", "allowed_to_push": ["user:", "maintainer"]},
            {"name": "c", "push_access_level": 40},
        ]),
    );
    assert_snapshot!(problems, @r#"
    items[0].push_access_level: not one of the possible values (found `owner`; allowed: no_one, developer, maintainer, admin, 0, 30, 40, 60)
    items[1].unprotect_access_level: not one of the possible values (found `no_one`; allowed: developer, maintainer, admin, 30, 40, 60)
    items[2].allowed_to_push: says nobody that a branch could let through (found `user:`; allowed: no_one, developer, maintainer, admin, user:NAME, group:PATH or deploy_key:NUMBER, separated by commas)
    items[3].project: a protected branch needs a project or a group (allowed: GitLab's number or a full path like acme/platform/api)
    "#);
}

#[tokio::test]
async fn a_branch_is_protected_and_protecting_it_so_again_changes_nothing() {
    let (world, project) = world_with_a_project(Tier::Free).await;
    let rules = json!([
        {"project": "acme/web", "name": "main", "push_access_level": 0, "merge_access_level": "developer"},
        {"project": "acme/web", "name": "release/*", "push_access_level": "maintainer", "allow_force_push": true},
    ]);
    let job = world.run("protect_branch", &rules, JobOptions::default()).await;
    assert_snapshot!(world.ledger(job.id).await, @r#"
    protect_branch acme/web#main create succeeded attempts=1
    protect_branch acme/web#release/* create succeeded attempts=1
    "#);
    let main = branch(&world, project, "main").await.unwrap();
    assert_eq!(levels(&main, "push_access_levels"), [0]);
    assert_eq!(levels(&main, "merge_access_levels"), [30]);

    let again = world.run("protect_branch", &rules, JobOptions::default()).await;
    assert_eq!((again.status, again.skipped_count), (JobStatus::Completed, 2));
}

#[tokio::test]
async fn without_a_licence_a_level_is_changed_by_unprotecting_and_protecting_at_once() {
    let (world, project) = world_with_a_project(Tier::Free).await;
    world
        .by_hand(
            &format!("projects/{project}/protected_branches"),
            json!({"name": "main", "merge_access_level": 30, "allow_force_push": true}),
        )
        .await;
    let job = world
        .run(
            "protect_branch",
            &json!([{"project": "acme/web", "name": "main", "push_access_level": "no_one"}]),
            JobOptions::default(),
        )
        .await;
    let items = world.items(job.id).await;
    assert_snapshot!(changes(&items), @r#"push_access_levels: "maintainer" → "no_one""#);
    assert_eq!(
        items[0].notes,
        [
            "Without GitLab Premium a level cannot be changed in place: the branch is unprotected for a moment and protected again at once."
        ]
    );
    assert_eq!(items[0].attempts, 2, "two writes");
    let main = branch(&world, project, "main").await.unwrap();
    assert_eq!(levels(&main, "push_access_levels"), [0]);
    assert_eq!(
        levels(&main, "merge_access_levels"),
        [30],
        "what was not said is as before"
    );
    assert_eq!(main["allow_force_push"], true);
}

#[tokio::test]
async fn with_a_licence_lines_are_changed_in_place_and_the_branch_is_never_unprotected() {
    let (world, project) = world_with_a_project(Tier::Premium).await;
    let dev = world.user("dev-0001").await;
    world
        .by_hand(
            &format!("projects/{project}/members"),
            json!({"user_id": dev, "access_level": 30}),
        )
        .await;
    world
        .by_hand(
            &format!("projects/{project}/protected_branches"),
            json!({"name": "main", "push_access_level": 40}),
        )
        .await;
    let rules = json!([{
        "project": "acme/web", "name": "main", "allowed_to_push": ["user:dev-0001", "admin"],
        "code_owner_approval_required": true
    }]);
    let job = world.run("protect_branch", &rules, JobOptions::default()).await;
    assert_eq!(
        (job.status, job.success_count),
        (JobStatus::Completed, 1),
        "{}",
        world.ledger(job.id).await
    );
    let items = world.items(job.id).await;
    assert_eq!(items[0].attempts, 1, "one write, in place");
    let main = branch(&world, project, "main").await.unwrap();
    assert_eq!(main["push_access_levels"].as_array().unwrap().len(), 2);
    assert_eq!(main["code_owner_approval_required"], true);

    let again = world.run("protect_branch", &rules, JobOptions::default()).await;
    assert_eq!(again.skipped_count, 1, "{}", world.ledger(again.id).await);
}

#[tokio::test]
async fn who_has_no_access_to_the_project_cannot_be_let_through() {
    let (world, _) = world_with_a_project(Tier::Premium).await;
    let job = world
        .run(
            "protect_branch",
            &json!([{"project": "acme/web", "name": "main", "allowed_to_push": ["user:dev-0009"]}]),
            JobOptions::default(),
        )
        .await;
    let Item { error, .. } = world.items(job.id).await.remove(0);
    assert_eq!(
        error.unwrap().message,
        "`dev-0009` is no member of `acme/web`, nor of a group above it; add the user first"
    );
}

/// Two items, one after the other: the first unprotects a branch to protect it anew, the second is one write. When this
/// returns GitLab works on the unprotecting.
async fn between_two_writes(
    engine: &Engine,
    world: &World,
    project: u64,
) -> (JobId, JoinHandle<Result<Job, JobError>>) {
    let protection = json!({"name": "main", "push_access_level": 40});
    world
        .by_hand(&format!("projects/{project}/protected_branches"), protection)
        .await;
    let wanted = json!([
        {"project": "acme/web", "name": "main", "push_access_level": "no_one"},
        {"project": "acme/web", "name": "later", "push_access_level": "no_one"},
    ]);
    let one_by_one = JobOptions {
        concurrency: Some(1),
        ..JobOptions::default()
    };
    let job = world.planned("protect_branch", &wanted, one_by_one).await;
    world.engine.start(job.id, None, &world.actor).await.unwrap();
    let slow = Fault::delete("/api/v4/projects/*/protected_branches/*");
    world.sim.fault(slow.delay(Duration::from_millis(300)));
    let (lease, job) = engine.claim_job(job.id, &world.actor).await.unwrap();
    let id = job.id;
    let running = tokio::spawn({
        let (engine, gitlab) = (engine.clone(), world.gitlab.clone());
        async move { engine.work(lease, job, gitlab, CancellationToken::new()).await }
    });
    while world.items(id).await[0].status != ItemStatus::Running {
        tokio::task::yield_now().await;
    }
    (id, running)
}

/// What was written to the protections of branches, after the one by hand.
fn protections_written(world: &World) -> Vec<String> {
    let writes = world.sim.journal(0).into_iter();
    writes
        .filter(|entry| entry.method != "GET" && entry.path.contains("/protected_branches"))
        .map(|entry| entry.method)
        .skip(1)
        .collect()
}

#[tokio::test]
async fn whoever_stops_a_job_between_two_writes_leaves_no_branch_open() {
    for cancels in [false, true] {
        let (world, project) = world_with_a_project(Tier::Free).await;
        let (id, running) = between_two_writes(&world.engine, &world, project).await;
        if cancels {
            world.engine.cancel(id, &world.actor).await.unwrap();
        } else {
            world.engine.pause(id, &world.actor).await.unwrap();
        }
        running.await.unwrap().unwrap();

        let main = branch(&world, project, "main").await.expect("protected again");
        assert_eq!(levels(&main, "push_access_levels"), [0], "cancels: {cancels}");
        let later = branch(&world, project, "later").await;
        assert_eq!(later, None, "nothing new is begun");
        let items = world.items(id).await;
        assert_eq!(items[0].status, ItemStatus::Succeeded, "{:?}", items[0]);
        assert_eq!(protections_written(&world), ["DELETE", "POST"], "each once");
        let open = world.storage.open_intents(id).await.unwrap();
        assert!(open.is_empty(), "{open:?}");
    }
}

#[tokio::test]
async fn a_branch_is_protected_again_though_gitlab_is_busy_when_the_job_is_cancelled() {
    let (world, project) = world_with_a_project(Tier::Free).await;
    let (id, running) = between_two_writes(&world.engine, &world, project).await;
    let full = Fault::post("/api/v4/projects/*/protected_branches").nth(1);
    world.sim.fault(full.throttle(1));
    world.engine.cancel(id, &world.actor).await.unwrap();
    running.await.unwrap().unwrap();

    assert!(branch(&world, project, "main").await.is_some(), "protected again");
    assert_eq!(protections_written(&world), ["DELETE", "POST", "POST"]);
    assert_eq!(world.items(id).await[0].status, ItemStatus::Succeeded);
}

#[tokio::test]
async fn a_runner_that_dies_between_two_writes_of_a_paused_job_is_made_up_for_by_the_next() {
    let (world, project) = world_with_a_project(Tier::Free).await;
    let failpoints = Failpoints::cutting(failpoint::AFTER_ANSWER, 1);
    let storage = Arc::clone(&world.storage) as Arc<dyn Storage>;
    let clock = Arc::clone(world.engine.clock());
    let first = engine_with(storage, clock, "first", failpoints.clone());
    let (id, running) = between_two_writes(&first, &world, project).await;
    world.engine.pause(id, &world.actor).await.unwrap();
    failpoints.is_cut().await;
    running.abort();
    let _ = running.await;
    assert_eq!(protections_written(&world), ["DELETE"]);

    world.sim.clear_faults();
    let done = world.work(id).await;
    assert_eq!((done.status, done.success_count), (JobStatus::Completed, 2));
    let main = branch(&world, project, "main").await.expect("protected again");
    assert_eq!(levels(&main, "push_access_levels"), [0]);
    assert_eq!(
        protections_written(&world),
        ["DELETE", "POST", "POST"],
        "each once, and the other item's"
    );
}

#[tokio::test]
async fn a_lost_answer_at_either_step_of_a_change_is_settled_and_nothing_is_done_twice() {
    for (method, faults) in [
        (
            "DELETE",
            Fault::delete("/api/v4/projects/*/protected_branches/*")
                .nth(1)
                .accept_then_drop(),
        ),
        (
            "POST",
            Fault::post("/api/v4/projects/*/protected_branches")
                .nth(2)
                .accept_then_drop(),
        ),
        (
            "POST 500",
            Fault::post("/api/v4/projects/*/protected_branches")
                .nth(2)
                .accept_then_500(),
        ),
    ] {
        let (world, project) = world_with_a_project(Tier::Free).await;
        world.sim.fault(faults);
        world
            .by_hand(
                &format!("projects/{project}/protected_branches"),
                json!({"name": "main", "push_access_level": 40}),
            )
            .await;
        let before = world.sim.stats().writes.applied;
        let job = world
            .run(
                "protect_branch",
                &json!([{"project": "acme/web", "name": "main", "push_access_level": 30}]),
                JobOptions::default(),
            )
            .await;
        assert_eq!(job.success_count, 1, "{method}: {}", world.ledger(job.id).await);
        let stats = world.sim.stats();
        assert_eq!(stats.writes.applied - before, 2, "{method}");
        assert_eq!(stats.writes.rejected_as_duplicate, 0, "{method}");
        let main = branch(&world, project, "main").await.unwrap();
        assert_eq!(levels(&main, "push_access_levels"), [30], "{method}");
    }
}

#[tokio::test]
async fn the_default_branch_of_a_project_that_the_job_makes_is_protected_as_wanted() {
    let world = World::of_tier(Tier::Free).await;
    world
        .by_hand("groups", json!({"name": "Acme", "path": "acme"}))
        .await;
    let job = world
        .run_mixed(&[
            (
                "create_project",
                json!({"name": "web", "group": "acme", "initialize_with_readme": true}),
            ),
            (
                "protect_branch",
                json!({"project": "acme/web", "name": "main", "push_access_level": "no_one"}),
            ),
        ])
        .await;
    assert_eq!(job.success_count, 2, "{}", world.ledger(job.id).await);
    let main = world
        .found_at("projects/acme%2Fweb/protected_branches/main")
        .await
        .unwrap();
    assert_eq!(levels(&main, "push_access_levels"), [0]);
}

#[tokio::test]
async fn unprotecting_is_confirmed_and_what_is_not_protected_is_left_alone() {
    let (world, project) = world_with_a_project(Tier::Free).await;
    for name in ["main", "release/*"] {
        world
            .by_hand(
                &format!("projects/{project}/protected_branches"),
                json!({"name": name}),
            )
            .await;
    }
    let job = world
        .planned(
            "unprotect_branch",
            &json!([
                {"project": "acme/web", "name": "main"},
                {"project": "acme/web", "name": "release/*"},
                {"project": "acme/web", "name": "gone"},
            ]),
            JobOptions::default(),
        )
        .await;
    assert_eq!(
        (job.status, job.confirmation.as_deref()),
        (JobStatus::Planned, Some("unprotect 2 branches"))
    );
    world
        .engine
        .start(job.id, Some("unprotect 2 branches"), &world.actor)
        .await
        .unwrap();
    let job = world.work(job.id).await;
    assert_snapshot!(world.ledger(job.id).await, @r#"
    unprotect_branch acme/web#main delete succeeded attempts=1
    unprotect_branch acme/web#release/* delete succeeded attempts=1
    unprotect_branch acme/web#gone unchanged skipped attempts=0
    "#);
    assert_eq!(branch(&world, project, "main").await, None);
}

//! Undoing: what a job did is reversed by another, which leaves alone what changed since.

use domain::{Job, JobId, JobOptions, JobStatus, Origin};
use engine::JobError;
use gitlab_sim::{Fault, Tier};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::asked::changes;
use crate::world::World;

/// A project `acme/web` with `main` and `release/*` protected.
async fn world_with_protections() -> World {
    protected(World::of_tier(Tier::Premium).await).await
}

async fn protected(world: World) -> World {
    let group = world
        .by_hand("groups", json!({"name": "Acme", "path": "acme"}))
        .await;
    world
        .by_hand("projects", json!({"name": "web", "namespace_id": group}))
        .await;
    for name in ["main", "release/*"] {
        world
            .by_hand("projects/acme%2Fweb/protected_branches", json!({"name": name}))
            .await;
    }
    world
}

/// What protects the branches of `acme/web`: name, who may push, whether by force.
async fn protections(world: &World) -> String {
    let branches = world
        .found_at("projects/acme%2Fweb/protected_branches")
        .await
        .unwrap();
    let mut lines: Vec<String> = branches
        .as_array()
        .unwrap()
        .iter()
        .map(|branch| {
            let levels: Vec<String> = branch["push_access_levels"]
                .as_array()
                .unwrap()
                .iter()
                .map(|line| line["access_level"].to_string())
                .collect();
            format!(
                "{} {} {}",
                branch["name"].as_str().unwrap(),
                levels.join("+"),
                branch["allow_force_push"]
            )
        })
        .collect();
    lines.sort();
    lines.join("\n")
}

/// Three rules: one that changes, one that is new, one that is so already.
fn rules() -> Value {
    json!([
        {"project": "acme/web", "name": "main", "push_access_level": "no_one", "allow_force_push": true},
        {"project": "acme/web", "name": "hotfix/*", "push_access_level": "developer"},
        {"project": "acme/web", "name": "release/*", "push_access_level": "maintainer"},
    ])
}

async fn undo(world: &World, job: JobId) -> Job {
    let undo = world.engine.undo(job, Origin::Cli, &world.actor).await.unwrap();
    world.plan_job(undo.id).await
}

async fn start(world: &World, job: &Job) -> Job {
    world
        .engine
        .start(job.id, job.confirmation.as_deref(), &world.actor)
        .await
        .unwrap();
    world.work(job.id).await
}

#[tokio::test]
async fn what_has_not_ended_or_has_done_nothing_cannot_be_undone() {
    let world = world_with_protections().await;
    let planned = world
        .planned("protect_branch", &rules(), JobOptions::default())
        .await;
    let error = world
        .engine
        .undo(planned.id, Origin::Cli, &world.actor)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("job {} is still planned; undo it when it has ended", planned.id)
    );
    world.engine.cancel(planned.id, &world.actor).await.unwrap();
    let error = world
        .engine
        .undo(planned.id, Origin::Cli, &world.actor)
        .await
        .unwrap_err();
    assert!(matches!(error, JobError::NothingToUndo(_)), "{error}");
}

#[tokio::test]
async fn a_job_is_undone_the_last_item_first_and_the_undoing_is_undone_again() {
    let world = world_with_protections().await;
    let before = protections(&world).await;
    let job = world.run("protect_branch", &rules(), JobOptions::default()).await;
    let after = protections(&world).await;
    assert_eq!((job.success_count, job.skipped_count), (2, 1));

    let undoing = undo(&world, job.id).await;
    assert_eq!(
        (undoing.status, undoing.undo_of, undoing.kind.as_str()),
        (JobStatus::Planned, Some(job.id), "mixed")
    );
    assert_eq!(undoing.confirmation.as_deref(), Some("acme/web#hotfix/*"));
    assert_snapshot!(world.ledger(undoing.id).await, @r"
    unprotect_branch acme/web#hotfix/* delete pending attempts=0
    protect_branch acme/web#main update pending attempts=0
    ");
    assert_snapshot!(changes(&world.items(undoing.id).await), @r#"
    push_access_levels: "developer" → null
    merge_access_levels: "maintainer" → null
    push_access_levels: "no_one" → "maintainer"
    allow_force_push: true → false
    "#);
    assert_eq!(
        protections(&world).await,
        after,
        "nothing is done before it is started"
    );

    let undone = start(&world, &undoing).await;
    assert_eq!(undone.success_count, 2, "{}", world.ledger(undone.id).await);
    assert_eq!(protections(&world).await, before);

    let again = undo(&world, undone.id).await;
    let again = start(&world, &again).await;
    assert_eq!(again.success_count, 2, "{}", world.ledger(again.id).await);
    assert_eq!(protections(&world).await, after);
}

#[tokio::test]
async fn an_import_is_undone_from_the_inside_out() {
    let world = World::new().await;
    let files = [
        ("groups.csv", "name,path,parent\nAcme,acme,\nTools,tools,acme\n"),
        ("projects.csv", "name,group\nweb,acme/tools\n"),
        (
            "members.csv",
            "username,group,access_level\ndev-0001,acme,developer\n",
        ),
    ];
    let job = world.apply(&files, JobOptions::default()).await;
    assert_eq!(job.success_count, 4, "{}", world.ledger(job.id).await);

    let undoing = undo(&world, job.id).await;
    assert_eq!(
        undoing.confirmation.as_deref(),
        Some("delete 2 groups and delete 1 project")
    );
    let undone = start(&world, &undoing).await;

    assert_eq!(
        (undone.status, undone.success_count),
        (JobStatus::Completed, 4),
        "{}",
        world.ledger(undone.id).await
    );
    let estate = world.sim.estate();
    assert!(estate.groups.iter().all(|group| group.marked_for_deletion));
    assert!(estate.projects.iter().all(|project| project.marked_for_deletion));
    assert!(
        world
            .sim
            .members("acme")
            .iter()
            .all(|member| member.username != "dev-0001")
    );
}

#[tokio::test]
async fn what_was_there_before_an_import_gets_its_values_back() {
    let world = World::new().await;
    let before = [("groups.csv", "name,path,parent,description\nAcme,acme,,Old\n")];
    world.apply(&before, JobOptions::default()).await;
    let after = [("groups.csv", "name,path,parent,description\nAcme,acme,,New\n")];
    let options = JobOptions {
        update_existing: true,
        ..JobOptions::default()
    };
    let job = world.apply(&after, options).await;
    assert_eq!(world.sim.group("acme").unwrap().description, "New");

    let undoing = undo(&world, job.id).await;
    start(&world, &undoing).await;

    assert_eq!(world.sim.group("acme").unwrap().description, "Old");
}

#[tokio::test]
async fn what_somebody_changed_since_is_left_as_it_is_and_the_difference_is_shown() {
    let world = world_with_protections().await;
    let job = world.run("protect_branch", &rules(), JobOptions::default()).await;
    world
        .remove_by_hand("projects/acme%2Fweb/protected_branches/main")
        .await;
    world
        .by_hand(
            "projects/acme%2Fweb/protected_branches",
            json!({"name": "main", "push_access_level": 30, "allow_force_push": true}),
        )
        .await;
    let undoing = undo(&world, job.id).await;
    let items = world.items(undoing.id).await;
    let main = items.iter().find(|item| item.target == "acme/web#main").unwrap();
    assert_eq!(main.action, Some(domain::Action::Skip));
    let error = main.error.as_ref().unwrap();
    assert_eq!(
        (error.code.as_str(), error.message.as_str()),
        (
            "CHANGED_SINCE",
            "`acme/web#main` was changed since (push_access_levels): it is left as it is"
        )
    );
    assert_eq!(
        error.details,
        Some(json!([{"field": "push_access_levels", "expected": "no_one", "found": "developer"}]))
    );
    start(&world, &undoing).await;
    assert!(
        protections(&world)
            .await
            .starts_with("main 30 true\nrelease/* 40")
    );
}

#[tokio::test]
async fn what_was_half_done_is_undone_as_well() {
    // Without a licence a level cannot be changed in place: it takes two steps.
    let world = protected(World::of_tier(Tier::Free).await).await;
    let before = protections(&world).await;
    let post = "/api/v4/projects/*/protected_branches";
    world.sim.fault(Fault::post(post).nth(1).status(422));
    let rules = json!([{"project": "acme/web", "name": "main", "push_access_level": "no_one"}]);
    let job = world.run("protect_branch", &rules, JobOptions::default()).await;
    assert_eq!(job.failure_count, 1);
    assert_snapshot!(protections(&world).await, @"release/* 40 false");

    let undoing = undo(&world, job.id).await;
    start(&world, &undoing).await;
    assert_eq!(protections(&world).await, before);
}

#[tokio::test]
async fn what_nobody_can_tell_of_is_named_and_not_touched() {
    let world = world_with_protections().await;
    let (job, _) = crate::resolve::job_with_an_unconfirmed_item(&world).await;
    let undoing = undo(&world, job).await;
    let items = world.items(undoing.id).await;
    let error = items[0].error.as_ref().unwrap();
    assert_eq!(
        (error.code.as_str(), error.message.as_str()),
        (
            "NOT_UNDOABLE",
            "nobody knows whether it was done: settle it first (`jobs resolve`), then undo again"
        )
    );
    let ended = start(&world, &undoing).await;
    assert_eq!((ended.status, ended.skipped_count), (JobStatus::Completed, 1));
}

#[tokio::test]
async fn what_was_made_in_a_project_goes_before_the_project() {
    let world = world_with_protections().await;
    let job = world
        .run_mixed(&[
            ("protect_branch", json!({"project": "acme/api", "name": "main"})),
            ("create_project", json!({"name": "api", "group": "acme"})),
        ])
        .await;
    assert_eq!(job.success_count, 2, "{}", world.ledger(job.id).await);
    let undoing = undo(&world, job.id).await;
    let items = world.items(undoing.id).await;
    assert_eq!(items[0].target, "acme/api#main");
    assert_eq!(items[1].target, "acme/api");
    let deletes = items[1].action == Some(domain::Action::Delete);
    assert!(!deletes || items[1].depends_on == [0], "{items:?}");
}

#[tokio::test]
async fn a_rule_that_was_taken_away_comes_back_with_all_that_it_said() {
    let world = world_with_protections().await;
    let rule = json!({"prevent_secrets": true, "commit_message_regex": "^A", "max_file_size": 7});
    world.by_hand("projects/acme%2Fweb/push_rule", rule.clone()).await;
    let options = JobOptions {
        confirm: Some("acme/web#push_rule".into()),
        ..JobOptions::default()
    };
    let job = world
        .run("delete_push_rule", &json!([{"project": "acme/web"}]), options)
        .await;
    let undoing = undo(&world, job.id).await;
    start(&world, &undoing).await;
    let seen = world.found_at("projects/acme%2Fweb/push_rule").await.unwrap();
    for (field, value) in rule.as_object().unwrap() {
        assert_eq!(seen[field], *value, "{field}");
    }
}

#[tokio::test]
async fn an_approval_rule_is_set_back_to_whom_and_how_many_it_asked() {
    let world = world_with_protections().await;
    let group = world.found_at("groups/acme").await.unwrap()["id"].clone();
    world
        .by_hand(
            "projects/acme%2Fweb/approval_rules",
            json!({"name": "Security", "approvals_required": 1, "group_ids": [group]}),
        )
        .await;
    let before = world
        .found_at("projects/acme%2Fweb/approval_rules")
        .await
        .unwrap();
    let job = world
        .run(
            "set_approval_rule",
            &json!([{"project": "acme/web", "name": "Security", "approvals_required": 3, "groups": []}]),
            JobOptions::default(),
        )
        .await;
    let undoing = undo(&world, job.id).await;
    let undone = start(&world, &undoing).await;
    assert_eq!(undone.success_count, 1, "{}", world.ledger(undone.id).await);
    assert_eq!(
        world
            .found_at("projects/acme%2Fweb/approval_rules")
            .await
            .unwrap(),
        before
    );
}

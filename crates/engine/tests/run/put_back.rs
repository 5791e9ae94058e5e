//! What belongs to a group or project is put back as it was by undoing, whatever was done to it.

use domain::{JobOptions, JobStatus, Origin};
use gitlab_sim::{Fault, Tier};
use serde_json::{Value, json};

use crate::bodies::sentence;
use crate::world::World;

/// A project `acme/web`.
async fn world() -> World {
    let world = World::of_tier(Tier::Premium).await;
    let acme = world
        .by_hand("groups", json!({ "name": "Acme", "path": "acme" }))
        .await;
    world
        .by_hand("projects", json!({ "name": "web", "namespace_id": acme }))
        .await;
    world
}

/// What GitLab shows there, without what it gives anew to something that comes back.
async fn seen(world: &World, path: &str) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.retain(|name, _| name != "id" && !name.ends_with("_at"));
                fields.values_mut().for_each(strip);
            }
            Value::Array(rows) => rows.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut seen = world.found_at(path).await.unwrap_or_default();
    strip(&mut seen);
    seen
}

#[tokio::test]
async fn labels_and_rules_come_back_as_they_were() {
    let label = json!({ "name": "bug", "color": "#FF0000", "description": "Mend it", "priority": 2 });
    let rule = json!({ "name": "Security", "approvals_required": 2 });
    for (given, operation, params, look) in [
        (
            None,
            "create_label",
            json!({ "project": "acme/web", "name": "bug", "color": "#d9534f" }),
            "labels",
        ),
        (
            Some(label.clone()),
            "update_label",
            json!({
                "project": "acme/web", "name": "bug", "new_name": "kind::bug", "color": "#aa0000", "description": "Now",
                "priority": 5
            }),
            "labels",
        ),
        (
            Some(label),
            "delete_label",
            json!({ "project": "acme/web", "name": "bug" }),
            "labels",
        ),
        (
            Some(rule),
            "delete_approval_rule",
            json!({ "project": "acme/web", "name": "Security" }),
            "approval_rules",
        ),
        (
            None,
            "set_approval_rule",
            json!({ "project": "acme/web", "name": "Security", "approvals_required": 1 }),
            "approval_rules",
        ),
        (
            None,
            "set_push_rule",
            json!({ "project": "acme/web", "prevent_secrets": true }),
            "push_rule",
        ),
        (
            Some(json!({ "prevent_secrets": true, "commit_message_regex": "^A" })),
            "set_push_rule",
            json!({ "project": "acme/web", "prevent_secrets": false, "max_file_size": 7 }),
            "push_rule",
        ),
    ] {
        let world = world().await;
        let path = format!("projects/acme%2Fweb/{look}");
        if let Some(given) = given {
            world.by_hand(&path, given).await;
        }
        let before = seen(&world, &path).await;
        let planned = world
            .planned(operation, &json!([params]), JobOptions::default())
            .await;
        let (job, _) = world.started(&planned).await;
        assert_eq!(job.success_count, 1, "{}", world.ledger(job.id).await);
        assert_ne!(seen(&world, &path).await, before, "{operation} did nothing");

        let undo = world
            .engine
            .undo(job.id, Origin::Cli, &world.actor)
            .await
            .unwrap();
        let undo = world.plan_job(undo.id).await;
        let (undone, _) = world.started(&undo).await;

        assert_eq!(
            (undone.status, undone.success_count),
            (JobStatus::Completed, 1),
            "{operation}: {}",
            world.ledger(undone.id).await
        );
        assert_eq!(seen(&world, &path).await, before, "{operation}");
    }
}

#[tokio::test]
async fn what_somebody_has_made_their_own_keeps_what_it_is_in() {
    let world = world().await;
    let job = world
        .run_mixed(&[
            ("create_project", json!({ "name": "api", "group": "acme" })),
            (
                "protect_branch",
                json!({ "project": "acme/api", "name": "release/*", "push_access_level": "no_one" }),
            ),
        ])
        .await;
    assert_eq!(job.success_count, 2, "{}", world.ledger(job.id).await);
    let branches = "projects/acme%2Fapi/protected_branches";
    world.remove_by_hand(&format!("{branches}/release%2F*")).await;
    world
        .by_hand(branches, json!({ "name": "release/*", "push_access_level": 30 }))
        .await;

    let undo = world
        .engine
        .undo(job.id, Origin::Cli, &world.actor)
        .await
        .unwrap();
    let undo = world.plan_job(undo.id).await;

    let items = world.items(undo.id).await;
    let codes: Vec<&str> = items
        .iter()
        .filter_map(|item| Some(item.error.as_ref()?.code.as_str()))
        .collect();
    assert_eq!(codes, ["CHANGED_SINCE", "STILL_THERE"]);
    assert_eq!(
        sentence(&items[1]),
        "`acme/api#release/*` belongs to it and is left as it is (item 0): it stays"
    );
    world.started(&undo).await;
    assert!(!world.sim.project("acme/api").unwrap().marked_for_deletion);
}

#[tokio::test]
async fn a_fork_that_goes_again_while_it_is_copied_has_failed() {
    let world = world().await;
    world
        .by_hand("groups", json!({ "name": "Forks", "path": "forks" }))
        .await;
    let fork = json!([{ "project": "acme/web", "namespace": "forks" }]);
    let planned = world.planned("fork_project", &fork, JobOptions::default()).await;
    world.sim.fault(Fault::get("/api/v4/projects/*").status(404));

    let (job, items) = world.started(&planned).await;

    assert_eq!(
        (job.status, job.failure_count),
        (JobStatus::Completed, 1),
        "{}",
        world.ledger(job.id).await
    );
    assert_eq!(items[0].error.as_ref().unwrap().code, "FORK_FAILED");
    assert_eq!(sentence(&items[0]), "the fork is gone again");
}

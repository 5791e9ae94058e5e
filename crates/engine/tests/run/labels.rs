//! Labels of groups and projects.

use domain::JobStatus;
use gitlab_sim::Fault;
use insta::assert_snapshot;
use serde_json::json;

use crate::settings::{apply, plan, planned, seen};
use crate::world::World;

/// A group `acme` with a label `bug`, and a project `acme/web`.
async fn acme() -> World {
    let world = World::new().await;
    let acme = world
        .by_hand("groups", json!({"name": "Acme", "path": "acme"}))
        .await;
    world
        .by_hand(
            "projects",
            json!({"name": "Web", "path": "web", "namespace_id": acme}),
        )
        .await;
    let bug = json!({"name": "bug", "color": "#FF0000", "description": "Mend it"});
    world.by_hand("groups/acme/labels", bug).await;
    world
}

#[tokio::test]
async fn a_title_that_a_group_above_has_is_left_alone_and_others_are_made() {
    let world = acme().await;

    let job = apply(
        &world,
        "create_label",
        json!([
            {"project": "acme/web", "name": "bug", "color": "#00ff00"},
            {"project": "acme/web", "name": "priority::high", "color": "#d9534f", "priority": 1},
            {"group": "acme", "name": "bug", "color": "#f00", "description": "Mend it"},
            {"group": "acme", "name": "team::platform", "color": "#428bca"}
        ]),
    )
    .await;

    assert_eq!(job.status, JobStatus::Completed);
    assert_snapshot!(planned(&world, &job).await, @r##"
    acme/web#bug skip
      INHERITED: label `bug` applies here already: group `acme` has it
    acme/web#priority::high create
      color: null → "#d9534f"
      priority: null → 1
    acme#bug unchanged
    acme#team::platform create
      color: null → "#428bca"
    "##);
    let high = seen(&world, "projects/acme%2Fweb/labels/priority::high").await;
    assert_eq!(
        (&high["priority"], &high["is_project_label"]),
        (&json!(1), &json!(true))
    );
    assert_eq!(
        seen(&world, "groups/acme/labels/team::platform").await["color"],
        "#428bca"
    );
}

#[tokio::test]
async fn a_label_is_renamed_once_and_a_taken_title_is_a_conflict() {
    let world = acme().await;
    world
        .by_hand(
            "groups/acme/labels",
            json!({"name": "defect", "color": "#AA0000"}),
        )
        .await;
    let job = plan(
        &world,
        "update_label",
        json!([{"group": "acme", "name": "bug", "new_name": "defect"}]),
    )
    .await;
    assert_snapshot!(planned(&world, &job).await, @r"
    acme#bug conflict
      NAME_TAKEN: `acme` has a label `defect` already; give another title
    ");

    let wanted = json!([{"group": "acme", "name": "bug", "new_name": "kind::bug", "color": "#ff0000"}]);
    let job = apply(&world, "update_label", wanted.clone()).await;

    assert_eq!(job.status, JobStatus::Completed);
    assert_snapshot!(planned(&world, &job).await, @r#"
    acme#bug update
      name: "bug" → "kind::bug"
    "#);
    assert_eq!(
        seen(&world, "groups/acme/labels/kind::bug").await["description"],
        "Mend it"
    );
    let again = plan(&world, "update_label", wanted).await;
    assert_snapshot!(planned(&world, &again).await, @"acme#bug unchanged");
}

#[tokio::test]
async fn a_label_of_the_group_is_not_changed_through_its_project() {
    let world = acme().await;

    let job = plan(
        &world,
        "update_label",
        json!([{"project": "acme/web", "name": "bug", "color": "#000000"}]),
    )
    .await;

    assert_snapshot!(planned(&world, &job).await, @r"
    acme/web#bug conflict
      NOT_FOUND: `acme/web` has no label `bug` of its own; group `acme` has it: change it there
    ");
}

#[tokio::test]
async fn a_deletion_whose_answer_was_lost_is_settled_and_what_is_gone_stays_unchanged() {
    let world = acme().await;
    world
        .sim
        .fault(Fault::delete("**/labels/*").nth(1).accept_then_drop());
    let wanted = json!([{"group": "acme", "name": "bug"}]);

    let job = apply(&world, "delete_label", wanted.clone()).await;

    assert_eq!(job.status, JobStatus::Completed);
    assert_snapshot!(planned(&world, &job).await, @r##"
    acme#bug delete
      color: "#FF0000" → null
      description: "Mend it" → null
      note: issues and merge requests lose it; undo makes the label again, but does not put it back on them
    "##);
    assert_eq!(seen(&world, "groups/acme/labels/bug").await, json!(null));
    let again = plan(&world, "delete_label", wanted).await;
    assert_snapshot!(planned(&world, &again).await, @"acme#bug unchanged");
}

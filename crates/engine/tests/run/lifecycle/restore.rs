use domain::JobOptions;
use serde_json::json;

use super::{does, group, plan, project, run, told, undone, would_do};
use crate::world::World;

#[tokio::test]
async fn what_was_deleted_is_restored_by_the_path_that_it_had() {
    let world = World::new().await;
    let acme = group(&world, "acme", None).await;
    let web = project(&world, "web", acme).await;
    does(&world, "delete_project", json!({ "project": "acme/web" })).await;
    assert!(world.sim.project("acme/web").is_none());

    let job = plan(
        &world,
        &[("restore_project", json!({ "project": "acme/web" }))],
        JobOptions::default(),
    )
    .await;
    run(&world, &job).await;

    let told = told(&world, &job).await;
    assert!(
        told.starts_with("restore_project acme/web: update, succeeded\n"),
        "{told}"
    );
    assert!(
        told.ends_with(&format!(
            "full_path: \"acme/web-deletion_scheduled-{web}\" -> \"acme/web\""
        )),
        "{told}"
    );
    assert!(!world.sim.project("acme/web").unwrap().marked_for_deletion);
    assert_eq!(
        undone(&world, &job).await,
        [("delete_project", json!({ "project": web }))]
    );
}

#[tokio::test]
async fn a_group_whose_path_was_taken_meanwhile_is_not_restored() {
    let world = World::new().await;
    let acme = group(&world, "acme", None).await;
    let old = group(&world, "old", Some(acme)).await;
    does(&world, "delete_group", json!({ "group": old })).await;
    project(&world, "old", acme).await;

    assert_eq!(
        would_do(&world, "restore_group", json!({ "group": old })).await,
        format!(
            "restore_group {old}: conflict, failed\n  \
             PATH_TAKEN: `acme/old` is another project by now; move or rename that one first"
        )
    );
}

#[tokio::test]
async fn what_is_not_marked_needs_no_restoring() {
    let world = World::new().await;
    let acme = group(&world, "acme", None).await;
    project(&world, "web", acme).await;
    assert_eq!(
        would_do(&world, "restore_project", json!({ "project": "acme/web" })).await,
        "restore_project acme/web: unchanged, skipped"
    );

    does(&world, "delete_group", json!({ "group": "acme" })).await;

    let told = would_do(&world, "restore_group", json!({ "group": "acme" })).await;
    assert!(told.starts_with("restore_group acme: update, pending"), "{told}");
}

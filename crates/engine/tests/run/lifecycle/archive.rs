use domain::JobOptions;
use serde_json::json;

use super::{does, group, plan, project, run, told, undone, would_do};
use crate::world::World;

#[tokio::test]
async fn an_archived_group_takes_what_is_in_it_along_and_comes_back() {
    let world = World::new().await;
    let acme = group(&world, "acme", None).await;
    let old = group(&world, "old", Some(acme)).await;
    project(&world, "web", old).await;

    let job = plan(
        &world,
        &[("archive_group", json!({ "group": "acme/old" }))],
        JobOptions::default(),
    )
    .await;
    assert_eq!(job.confirmation, None, "archiving removes nothing");
    run(&world, &job).await;

    assert_eq!(
        told(&world, &job).await,
        "archive_group acme/old: update, succeeded\n  \
         archived: false -> true\n  \
         (1 project in it become read-only as well.)"
    );
    assert!(world.sim.group("acme/old").unwrap().archived);
    assert_eq!(
        would_do(&world, "archive_group", json!({ "group": old })).await,
        format!("archive_group {old}: unchanged, skipped")
    );

    let reverse = undone(&world, &job).await;
    assert_eq!(reverse, [("unarchive_group", json!({ "group": old }))]);
    assert!(!world.sim.group("acme/old").unwrap().archived);
}

#[tokio::test]
async fn what_is_in_something_archived_is_archived_with_it() {
    let world = World::new().await;
    let acme = group(&world, "acme", None).await;
    project(&world, "web", acme).await;
    does(&world, "archive_group", json!({ "group": "acme" })).await;

    assert_eq!(
        would_do(&world, "archive_project", json!({ "project": "acme/web" })).await,
        "archive_project acme/web: unchanged, skipped\n  (It is archived with `acme`, which it is in.)"
    );
    assert_eq!(
        would_do(&world, "unarchive_project", json!({ "project": "acme/web" })).await,
        "unarchive_project acme/web: conflict, failed\n  \
         BELOW_ARCHIVED: `acme/web` is archived with `acme`, which it is in; unarchive that"
    );
}

#[tokio::test]
async fn a_project_is_archived_and_comes_back() {
    let world = World::new().await;
    let acme = group(&world, "acme", None).await;
    let web = project(&world, "web", acme).await;

    let job = plan(
        &world,
        &[("archive_project", json!({ "project": web }))],
        JobOptions::default(),
    )
    .await;
    run(&world, &job).await;

    assert!(world.sim.project("acme/web").unwrap().archived);
    assert_eq!(
        undone(&world, &job).await,
        [("unarchive_project", json!({ "project": web }))]
    );
    assert!(!world.sim.project("acme/web").unwrap().archived);
}

#[tokio::test]
async fn what_waits_for_its_deletion_is_not_archived() {
    let world = World::new().await;
    let acme = group(&world, "acme", None).await;
    let web = project(&world, "web", acme).await;
    does(&world, "delete_project", json!({ "project": web })).await;

    let told = would_do(&world, "unarchive_project", json!({ "project": web })).await;

    let path = format!("acme/web-deletion_scheduled-{web}");
    assert!(
        told.contains("MARKED_FOR_DELETION")
            && told.ends_with(&format!("to unarchive it, restore `{path}` first")),
        "{told}"
    );
}

#[tokio::test]
async fn whoever_does_not_own_it_is_told_before_anything_is_sent() {
    let root = World::new().await;
    let acme = group(&root, "acme", None).await;
    project(&root, "web", acme).await;
    let dev = json!({ "username": "dev-0001", "access_level": 40 });
    root.by_hand(&format!("groups/{acme}/members"), dev).await;
    let dev = root.seen_by("dev-0001").await;

    assert_eq!(
        would_do(&dev, "archive_project", json!({ "project": "acme/web" })).await,
        "archive_project acme/web: conflict, failed\n  \
         NOT_PERMITTED: you are maintainer in `acme/web`; to archive takes owner"
    );
}

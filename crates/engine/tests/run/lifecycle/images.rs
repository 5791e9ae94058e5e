//! Images in the container registry, which GitLab does not move.

use domain::JobOptions;
use serde_json::{Value, json};

use super::{does, group, now_in_journal, plan, project, run, told, would_do, writes_since};
use crate::world::World;

/// `acme/web` with the tagged image `nginx`, `acme/team/api` with one whose tags are gone; and `holding`.
async fn with_images() -> World {
    let world = World::new().await;
    let acme = group(&world, "acme", None).await;
    project(&world, "web", acme).await;
    let team = group(&world, "team", Some(acme)).await;
    project(&world, "api", team).await;
    group(&world, "holding", None).await;
    assert!(world.sim.push_image("acme/web", "nginx", &["1.0"]));
    assert!(world.sim.push_image("acme/team/api", "", &[]));
    world
}

fn to(kind: &str, path: &str, into: &str) -> Value {
    match kind {
        "group" => json!({ "group": path, "parent": into }),
        _ => json!({ "project": path, "namespace": into }),
    }
}

#[tokio::test]
async fn a_transfer_that_images_stop_is_not_sent() {
    let world = with_images().await;
    let before = now_in_journal(&world);
    for (kind, path) in [("project", "acme/web"), ("group", "acme/team")] {
        let operation = format!("transfer_{kind}");
        assert_eq!(
            would_do(&world, &operation, to(kind, path, "holding")).await,
            format!(
                "{operation} {path}: conflict, failed\n  TIED_TO_ITS_PATH: `{path}` has images in its container \
                 registry: GitLab does not move it; remove or move those first"
            )
        );
    }
    assert_eq!(writes_since(&world, before), Vec::<String>::new());
    world.sim.assert_nothing_unimplemented();
}

#[tokio::test]
async fn images_without_tags_and_moves_below_one_root_stop_no_project() {
    let world = with_images().await;
    for (path, into) in [("acme/team/api", "holding"), ("acme/web", "acme/team")] {
        let told = does(&world, "transfer_project", to("project", path, into)).await;
        assert!(
            told.starts_with(&format!("transfer_project {path}: update, succeeded\n")),
            "{told}"
        );
    }
    assert!(world.sim.project("holding/api").is_some());
    assert!(world.sim.project("acme/team/web").is_some());
}

#[tokio::test]
async fn an_image_that_comes_after_the_plan_fails_the_item_with_gitlabs_reason() {
    let world = with_images().await;
    let quay = group(&world, "quay", None).await;
    project(&world, "site", quay).await;
    let transfer = ("transfer_project", to("project", "quay/site", "holding"));
    let job = plan(&world, &[transfer], JobOptions::default()).await;
    world.sim.push_image("quay/site", "nginx", &["1.0"]);

    let ended = run(&world, &job).await;

    assert_eq!((ended.failure_count, ended.unconfirmed_count), (1, 0));
    assert_eq!(
        told(&world, &job).await,
        "transfer_project quay/site: update, failed\n  \
         GITLAB_INVALID: GitLab: Failed to transfer project: new_namespace Project cannot be transferred to a \
         different top-level namespace, because image tags are present in its container registry\n  \
         namespace: \"quay\" -> \"holding\""
    );
    assert!(world.sim.project("quay/site").is_some());
}

#[tokio::test]
async fn what_gitlab_does_not_delete_or_rename_for_its_images_fails_with_its_reason() {
    let world = with_images().await;
    for (operation, params, reason) in [
        (
            "delete_project",
            json!({ "project": "acme/web" }),
            "Cannot rename or delete project because it contains container registry tags",
        ),
        (
            "update_group",
            json!({ "group": "acme/team", "path": "crew" }),
            "Cannot update the path because there are projects under this group that contain Docker images",
        ),
    ] {
        let told = does(&world, operation, params).await;
        assert!(told.contains(", failed\n  GITLAB_INVALID: GitLab: "), "{told}");
        assert!(told.contains(reason), "{told}");
    }
    assert!(!world.sim.project("acme/web").unwrap().marked_for_deletion);
}

#[tokio::test]
async fn a_group_with_images_is_deleted_under_its_own_path() {
    let world = with_images().await;
    let told = does(&world, "delete_group", json!({ "group": "acme/team" })).await;
    assert!(
        told.starts_with("delete_group acme/team: delete, succeeded"),
        "{told}"
    );
    assert!(world.sim.group("acme/team").unwrap().marked_for_deletion);
}

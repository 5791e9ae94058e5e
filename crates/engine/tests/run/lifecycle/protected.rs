use serde_json::json;

use super::{group, now_in_journal, project, would_do, writes_since};
use crate::world::World;

#[tokio::test]
async fn protected_paths_and_what_holds_them_stay_as_they_are() {
    let mut world = World::new().await;
    let acme = group(&world, "acme", None).await;
    let prod = group(&world, "prod", Some(acme)).await;
    project(&world, "vault", prod).await;
    project(&world, "web", acme).await;
    group(&world, "holding", None).await;
    world.protect("acme/prod/*");
    let before = now_in_journal(&world);

    let told = would_do(&world, "archive_project", json!({ "project": "acme/prod/vault" })).await;
    assert_eq!(
        told,
        "archive_project acme/prod/vault: conflict, failed\n  \
         PROTECTED_PATH: `acme/prod/vault` is protected (PROTECTED_PATHS has `acme/prod/*`): no job may archive it"
    );
    for (operation, params) in [
        ("delete_group", json!({ "group": "acme" })),
        ("archive_group", json!({ "group": "acme/prod" })),
        (
            "transfer_group",
            json!({ "group": "acme/prod", "parent": "holding" }),
        ),
    ] {
        let told = would_do(&world, operation, params).await;
        assert!(told.contains("`acme/prod/vault` is protected"), "{told}");
    }
    let others = would_do(&world, "delete_project", json!({ "project": "acme/web" })).await;
    assert!(
        others.starts_with("delete_project acme/web: delete, pending"),
        "{others}"
    );
    let changed = would_do(
        &world,
        "unarchive_project",
        json!({ "project": "acme/prod/vault" }),
    )
    .await;
    assert!(changed.ends_with("unchanged, skipped"), "{changed}");
    assert_eq!(writes_since(&world, before), Vec::<String>::new());
}

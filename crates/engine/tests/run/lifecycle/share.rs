use domain::JobOptions;
use serde_json::{Value, json};

use super::{does, group, now_in_journal, plan, project, run, told, undone, would_do, writes_since};
use crate::world::World;

fn anew() -> JobOptions {
    JobOptions {
        update_existing: true,
        ..JobOptions::default()
    }
}

fn share(level: &str) -> Value {
    json!({ "group": "acme", "invited_group": "partners", "group_access": level })
}

#[tokio::test]
async fn a_group_is_shared_and_the_share_ends_again() {
    let world = World::new().await;
    let acme = group(&world, "acme", None).await;
    let partners = group(&world, "partners", None).await;

    let job = plan(
        &world,
        &[("share_group", share("developer"))],
        JobOptions::default(),
    )
    .await;
    run(&world, &job).await;

    assert_eq!(
        told(&world, &job).await,
        "share_group acme#partners: create, succeeded\n  group_access: null -> \"developer\""
    );
    assert_eq!(
        would_do(&world, "share_group", share("developer")).await,
        "share_group acme#partners: unchanged, skipped"
    );
    assert_eq!(
        undone(&world, &job).await,
        [(
            "unshare_group",
            json!({ "group": acme, "invited_group": partners })
        )]
    );
    assert!(
        would_do(&world, "share_group", share("developer"))
            .await
            .contains("create")
    );
}

#[tokio::test]
async fn another_level_takes_two_writes_and_only_when_it_is_asked_for() {
    let world = World::new().await;
    let acme = group(&world, "acme", None).await;
    let partners = group(&world, "partners", None).await;
    does(&world, "share_group", share("developer")).await;
    let told = would_do(&world, "share_group", share("maintainer")).await;
    assert!(
        told.starts_with("share_group acme#partners: skip, skipped"),
        "{told}"
    );

    let before = now_in_journal(&world);
    let job = plan(&world, &[("share_group", share("maintainer"))], anew()).await;
    run(&world, &job).await;

    assert_eq!(
        writes_since(&world, before),
        [
            format!("DELETE /api/v4/groups/{acme}/share/{partners}"),
            format!("POST /api/v4/groups/{acme}/share"),
        ]
    );
    let super::Undo::Items(reverse) = super::undo(&world, &job).await else {
        panic!("it cannot be undone")
    };
    assert_eq!(
        (reverse[0].operation, &reverse[0].params),
        (
            "share_group",
            &json!({ "group": acme, "invited_group": partners, "group_access": "developer" })
        )
    );
}

#[tokio::test]
async fn a_project_is_shared_and_no_longer_shared() {
    let world = World::new().await;
    let acme = group(&world, "acme", None).await;
    let web = project(&world, "web", acme).await;
    let partners = group(&world, "partners", None).await;
    let until = json!({
        "project": "acme/web", "invited_group": "partners", "group_access": "reporter", "expires_at": "2099-12-31"
    });
    does(&world, "share_project", until).await;

    let end = json!({ "project": "acme/web", "invited_group": "partners" });
    let job = plan(&world, &[("unshare_project", end.clone())], JobOptions::default()).await;
    run(&world, &job).await;

    assert_eq!(
        told(&world, &job).await,
        "unshare_project acme/web#partners: delete, succeeded\n  \
         group_access: \"reporter\" -> null\n  \
         expires_at: \"2099-12-31\" -> null"
    );
    assert_eq!(
        would_do(&world, "unshare_project", end).await,
        "unshare_project acme/web#partners: unchanged, skipped"
    );
    assert_eq!(
        undone(&world, &job).await,
        [(
            "share_project",
            json!({
                "project": web, "invited_group": partners, "group_access": "reporter", "expires_at": "2099-12-31"
            })
        )]
    );
}

#[tokio::test]
async fn where_sharing_is_locked_nothing_is_sent() {
    let world = World::new().await;
    let body = json!({ "name": "Acme", "path": "acme", "share_with_group_lock": true });
    let acme = world.by_hand("groups", body).await;
    project(&world, "web", acme).await;
    group(&world, "partners", None).await;

    let share = json!({ "project": "acme/web", "invited_group": "partners", "group_access": "reporter" });
    assert_eq!(
        would_do(&world, "share_project", share).await,
        "share_project acme/web#partners: conflict, failed\n  \
         SHARING_LOCKED: projects in `acme` cannot be shared (share_with_group_lock)"
    );
}

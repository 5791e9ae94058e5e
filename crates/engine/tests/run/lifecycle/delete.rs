use domain::JobOptions;
use engine::operation::Undo;
use gitlab_client::{Answer, Lane, WriteRequest};
use serde_json::json;

use super::{does, group, now_in_journal, plan, project, run, told, undo, undone, would_do, writes_since};
use crate::world::World;

async fn deleted_by_hand(world: &World, path: &str) {
    let answer = world.gitlab.send(&WriteRequest::delete(path), Lane::People).await;
    assert!(matches!(answer, Answer::Done(_)), "{answer:?}");
}

#[tokio::test]
async fn a_deletion_counts_what_goes_with_it_asks_for_the_path_and_is_undone() {
    let world = World::new().await;
    let acme = group(&world, "acme", None).await;
    let old = group(&world, "old", Some(acme)).await;
    let deep = group(&world, "deep", Some(old)).await;
    project(&world, "web", deep).await;
    project(&world, "api", old).await;

    let job = plan(
        &world,
        &[("delete_group", json!({ "group": "acme/old" }))],
        JobOptions::default(),
    )
    .await;
    assert_eq!(job.confirmation.as_deref(), Some("acme/old"));
    run(&world, &job).await;

    assert_eq!(
        told(&world, &job).await,
        "delete_group acme/old: delete, succeeded\n  \
         full_path: \"acme/old\" -> null\n  \
         (1 subgroup and 2 projects in it are deleted as well.)\n  \
         (It can be restored until GitLab removes it (30 days, unless the instance says otherwise).)"
    );
    let marked = format!("acme/old-deletion_scheduled-{old}");
    assert!(world.sim.group(&marked).unwrap().marked_for_deletion);
    let result = world.items(job.id).await.remove(0).result.unwrap();
    assert_eq!(
        result.full_path.as_deref(),
        Some(marked.as_str()),
        "where it is now"
    );

    assert_eq!(
        undone(&world, &job).await,
        [("restore_group", json!({ "group": old }))]
    );
    assert!(!world.sim.group("acme/old").unwrap().marked_for_deletion);
}

#[tokio::test]
async fn several_deletions_are_confirmed_by_their_number() {
    let world = World::new().await;
    let acme = group(&world, "acme", None).await;
    project(&world, "web", acme).await;
    project(&world, "api", acme).await;
    let items = ["acme/web", "acme/api"].map(|project| ("delete_project", json!({ "project": project })));

    let job = plan(&world, &items, JobOptions::default()).await;

    assert_eq!(job.confirmation.as_deref(), Some("delete 2 projects"));
}

#[tokio::test]
async fn removing_for_good_takes_two_writes_and_is_followed_to_its_end() {
    let world = World::new().await;
    let acme = group(&world, "acme", None).await;
    let old = group(&world, "old", Some(acme)).await;
    let before = now_in_journal(&world);

    let gone = json!({ "group": "acme/old", "permanently_remove": true });
    let job = plan(&world, &[("delete_group", gone)], JobOptions::default()).await;
    run(&world, &job).await;

    let told = told(&world, &job).await;
    assert!(
        told.contains("delete, succeeded") && told.contains("nobody can restore it"),
        "{told}"
    );
    let delete = format!("DELETE /api/v4/groups/{old}");
    assert_eq!(writes_since(&world, before), [delete.clone(), delete]);
    assert!(
        world
            .sim
            .group(&format!("acme/old-deletion_scheduled-{old}"))
            .is_none()
    );
    assert_eq!(
        undo(&world, &job).await,
        Undo::impossible("it was removed for good")
    );
}

#[tokio::test]
async fn what_is_marked_already_only_has_to_be_removed() {
    let world = World::new().await;
    let acme = group(&world, "acme", None).await;
    let web = project(&world, "web", acme).await;
    deleted_by_hand(&world, &format!("projects/{web}")).await;

    let told = would_do(&world, "delete_project", json!({ "project": web })).await;
    assert!(
        told.contains("unchanged, skipped\n  (It is marked for deletion since "),
        "{told}"
    );

    let before = now_in_journal(&world);
    does(
        &world,
        "delete_project",
        json!({ "project": web, "permanently_remove": true }),
    )
    .await;
    assert_eq!(
        writes_since(&world, before),
        [format!("DELETE /api/v4/projects/{web}")]
    );
    let answer = world
        .gitlab
        .find::<serde_json::Value>(format!("projects/{web}"), gitlab_client::NO_QUERY, Lane::People)
        .await;
    assert!(answer.unwrap().is_none());
}

#[tokio::test]
async fn what_is_in_something_marked_goes_with_it() {
    let world = World::new().await;
    let acme = group(&world, "acme", None).await;
    let web = project(&world, "web", acme).await;
    deleted_by_hand(&world, &format!("groups/{acme}")).await;

    let told = would_do(&world, "delete_project", json!({ "project": web })).await;

    assert_eq!(
        told,
        format!(
            "delete_project {web}: unchanged, skipped\n  \
             (It goes with `acme-deletion_scheduled-{acme}`, which is marked for deletion.)"
        )
    );
}

#[tokio::test]
async fn a_top_level_group_cannot_be_removed_at_once() {
    let world = World::new().await;
    group(&world, "acme", None).await;

    let told = would_do(
        &world,
        "delete_group",
        json!({ "group": "acme", "permanently_remove": true }),
    )
    .await;

    assert!(told.contains("conflict, failed\n  TOP_LEVEL_GROUP: "), "{told}");
}

#[tokio::test]
async fn what_somebody_else_has_removed_meanwhile_is_deleted() {
    let world = World::new().await;
    let acme = group(&world, "acme", None).await;
    let web = project(&world, "web", acme).await;
    let job = plan(
        &world,
        &[("delete_project", json!({ "project": web }))],
        JobOptions::default(),
    )
    .await;
    deleted_by_hand(&world, &format!("projects/{web}")).await;
    let path = format!("acme%2Fweb-deletion_scheduled-{web}");
    deleted_by_hand(
        &world,
        &format!("projects/{web}?permanently_remove=true&full_path={path}"),
    )
    .await;

    run(&world, &job).await;

    assert_eq!(
        world.ledger(job.id).await,
        format!("delete_project {web} delete succeeded attempts=1")
    );
}

#[tokio::test]
async fn a_project_in_a_personal_namespace_is_found_and_deleted() {
    let world = World::new().await;
    let stuff = world.by_hand("projects", json!({ "name": "stuff" })).await;

    let told = does(&world, "delete_project", json!({ "project": "root/stuff" })).await;

    assert!(
        told.contains("delete, succeeded") && told.contains("personal namespace"),
        "{told}"
    );
    assert_eq!(
        would_do(&world, "delete_project", json!({ "project": stuff }))
            .await
            .lines()
            .next(),
        Some(format!("delete_project {stuff}: unchanged, skipped").as_str())
    );
}

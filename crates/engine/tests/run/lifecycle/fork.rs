use domain::JobOptions;
use serde_json::json;

use super::{does, group, plan, project, run, told, undone, would_do};
use crate::world::World;

#[tokio::test]
async fn a_fork_is_done_when_its_repository_is_there() {
    let world = World::new().await;
    let acme = group(&world, "acme", None).await;
    group(&world, "forks", Some(acme)).await;
    project(&world, "web", acme).await;
    let fork = json!({ "project": "acme/web", "namespace": "acme/forks" });

    let job = plan(&world, &[("fork_project", fork.clone())], JobOptions::default()).await;
    run(&world, &job).await;

    assert_eq!(
        told(&world, &job).await,
        "fork_project acme/forks/web: create, succeeded\n  forked_from_project: null -> \"acme/web\""
    );
    let id = world.sim.project_id("acme/forks/web").unwrap().0;
    let body: serde_json::Value = world
        .gitlab
        .get(
            format!("projects/{id}"),
            gitlab_client::NO_QUERY,
            gitlab_client::Lane::People,
        )
        .await
        .unwrap();
    assert_eq!(body["import_status"], "finished");
    assert_eq!(
        would_do(&world, "fork_project", fork).await,
        "fork_project acme/forks/web: unchanged, skipped"
    );
    assert_eq!(
        undone(&world, &job).await,
        [("delete_project", json!({ "project": id }))]
    );
}

#[tokio::test]
async fn what_stands_in_the_way_of_a_fork_is_found_before() {
    let world = World::new().await;
    let acme = group(&world, "acme", None).await;
    let web = project(&world, "web", acme).await;
    project(&world, "api", acme).await;
    let forks = group(&world, "forks", None).await;
    project(&world, "api", forks).await;

    let taken = would_do(
        &world,
        "fork_project",
        json!({ "project": "acme/api", "namespace": "forks" }),
    )
    .await;
    assert!(
        taken.ends_with("PATH_TAKEN: `forks/api` is another project; give another path"),
        "{taken}"
    );

    let off = json!({ "forking_access_level": "disabled" });
    let request = gitlab_client::WriteRequest::put(format!("projects/{web}")).body(off);
    world.gitlab.send(&request, gitlab_client::Lane::People).await;
    let off = would_do(
        &world,
        "fork_project",
        json!({ "project": "acme/web", "namespace": "forks" }),
    )
    .await;
    assert!(off.contains("FORKING_IS_OFF"), "{off}");

    does(&world, "archive_group", json!({ "group": "forks" })).await;
    let closed = json!({ "project": "acme/web", "namespace": "forks", "path": "another" });
    let closed = would_do(&world, "fork_project", closed).await;
    assert!(closed.contains("ARCHIVED: `forks` is archived"), "{closed}");
}

//! Moving projects (§5.4, §6.4, §7.2.8, §10.3).

use std::time::Duration;

use serde_json::json;

use super::slow_lab;
use crate::client::Lab;

fn refused(text: &str) -> serde_json::Value {
    json!({"message": format!("Failed to transfer project {{:new_namespace=>[\"{text}\"]}}")})
}

#[tokio::test]
async fn a_project_is_transferred_to_an_id_or_a_path() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let net = lab.group(None, "net", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let path = format!("/projects/{id}/transfer");
    let moved = lab.root().put(&path, json!({"namespace": net})).await;
    assert_eq!(
        (moved.status, &moved.body["path_with_namespace"]),
        (200, &json!("net/site"))
    );
    assert_eq!(moved.body["namespace"]["id"], net);
    let back = lab.root().put(&path, json!({"namespace": "acme"})).await;
    assert_eq!(back.body["path_with_namespace"], "acme/site");
    lab.root()
        .put(&path, json!({}))
        .await
        .is(400, json!({"error": "namespace is missing"}));
}

#[tokio::test]
async fn a_project_moved_into_an_own_namespace_gets_its_user_as_owner() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let path = format!("/projects/{id}/transfer");
    let moved = lab.root().put(&path, json!({"namespace": "root"})).await;
    assert_eq!(moved.body["path_with_namespace"], "root/site");
    assert_eq!(lab.gitlab.members("root/site")[0].username, "root");
}

#[tokio::test]
async fn after_a_transfer_the_old_path_redirects_and_refuses_writes() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.group(None, "net", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let path = format!("/projects/{id}/transfer");
    lab.root().put(&path, json!({"namespace": "net"})).await;
    assert_eq!(lab.root().get("/projects/acme%2Fsite").await.status, 301);
    let write = lab
        .root()
        .put("/projects/acme%2Fsite", json!({"description": "x"}))
        .await;
    assert_eq!(write.status, 405);
}

#[tokio::test]
async fn a_transfer_lowers_the_visibility_to_that_of_the_target() {
    let lab = Lab::start().await;
    let open = lab.group(None, "open", "public").await;
    lab.group(None, "closed", "private").await;
    let id = lab.project(open, "site", "public").await;
    let path = format!("/projects/{id}/transfer");
    let moved = lab.root().put(&path, json!({"namespace": "closed"})).await;
    assert_eq!(moved.body["visibility"], "private");
}

#[tokio::test]
async fn a_project_is_not_transferred_to_where_it_is() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    lab.root()
        .put(&format!("/projects/{id}/transfer"), json!({"namespace": acme}))
        .await
        .is(400, refused("Project is already in this namespace."));
}

#[tokio::test]
async fn a_transfer_needs_rights_at_both_ends_with_different_answers() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let net = lab.group(None, "net", "public").await;
    let id = lab.project(acme, "site", "public").await;
    let path = format!("/projects/{id}/transfer");
    lab.member(&format!("projects/{id}"), 1, 40).await;
    lab.dev(1)
        .put(&path, json!({"namespace": net}))
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    lab.member(&format!("projects/{id}"), 2, 50).await;
    lab.member(&format!("groups/{net}"), 2, 30).await;
    lab.dev(2).put(&path, json!({"namespace": net})).await.is(
        400,
        refused("You don't have permission to transfer projects into that namespace."),
    );
}

#[tokio::test]
async fn a_target_that_is_not_seen_is_404() {
    let lab = Lab::start().await;
    lab.group(None, "hidden", "private").await;
    let own = lab.dev(1).post("/projects", json!({"path": "site"})).await.body["id"].clone();
    for target in ["hidden", "nowhere", "999"] {
        lab.dev(1)
            .put(&format!("/projects/{own}/transfer"), json!({"namespace": target}))
            .await
            .is(404, json!({"message": "404 Namespace Not Found"}));
    }
}

#[tokio::test]
async fn a_name_or_path_taken_at_the_target_stops_a_transfer() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let net = lab.group(None, "net", "private").await;
    let id = lab.project(acme, "site", "private").await;
    lab.project(net, "SITE", "private").await;
    lab.root()
        .put(&format!("/projects/{id}/transfer"), json!({"namespace": net}))
        .await
        .is(
            400,
            refused("Project with same name or path in target namespace already exists"),
        );
}

#[tokio::test]
async fn what_is_still_being_removed_at_the_target_stops_a_transfer_with_words_of_its_own() {
    let (lab, _) = slow_lab().await;
    let acme = lab.group(None, "acme", "private").await;
    let net = lab.group(None, "net", "private").await;
    let gone = lab.project(net, "site", "private").await;
    let path = format!("site-deletion_scheduled-{gone}");
    let id = lab.project(acme, &path, "private").await;
    let gone = format!("/projects/{gone}");
    lab.root().delete(&gone, json!(null)).await;
    let body = json!({"permanently_remove": true, "full_path": format!("net/{path}")});
    lab.root().delete(&gone, body).await;
    let answer = lab
        .root()
        .put(&format!("/projects/{id}/transfer"), json!({"namespace": net}))
        .await;
    let text = answer.body["message"].as_str().unwrap().to_owned();
    assert!(
        text.contains("was recently deleted in the target namespace"),
        "{text}"
    );
}

#[tokio::test]
async fn while_the_flag_is_on_a_worker_transfers_and_the_answer_shows_the_old_namespace() {
    let (lab, clock) = slow_lab().await;
    let root = lab.root();
    let acme = lab.group(None, "acme", "private").await;
    let net = lab.group(None, "net", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let flag = "/features/groups_and_projects_async_transfer";
    assert_eq!(root.post(flag, json!({"value": true})).await.status, 201);
    let path = format!("/projects/{id}/transfer");
    let queued = root.put(&path, json!({"namespace": net})).await;
    assert_eq!(
        (queued.status, &queued.body["namespace"]["id"]),
        (200, &json!(acme))
    );
    let text = "Unable to initiate transfer. The project may already have a transfer in progress.";
    root.put(&path, json!({"namespace": net}))
        .await
        .is(400, json!({"message": text}));
    clock.advance(Duration::from_secs(5));
    let moved = root.get(&format!("/projects/{id}")).await.body;
    assert_eq!(moved["path_with_namespace"], "net/site");
    root.put(&path, json!({"namespace": net}))
        .await
        .is(400, json!({"message": "Project is already in this namespace."}));
}

#[tokio::test]
async fn a_queued_transfer_that_cannot_be_done_leaves_the_project_where_it_is() {
    let (lab, clock) = slow_lab().await;
    let root = lab.root();
    let acme = lab.group(None, "acme", "private").await;
    let net = lab.group(None, "net", "private").await;
    let id = lab.project(acme, "site", "private").await;
    root.post(
        "/features/groups_and_projects_async_transfer",
        json!({"value": true}),
    )
    .await;
    root.put(&format!("/projects/{id}/transfer"), json!({"namespace": net}))
        .await;
    lab.project(net, "site", "private").await;
    clock.advance(Duration::from_secs(5));
    let stayed = root.get(&format!("/projects/{id}")).await.body;
    assert_eq!(stayed["path_with_namespace"], "acme/site");
}

#[tokio::test]
async fn the_groups_a_project_could_go_to_are_listed_for_its_owners() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let net = lab.group(None, "net", "private").await;
    lab.group(None, "other", "public").await;
    let id = lab.project(acme, "site", "private").await;
    lab.member(&format!("projects/{id}"), 1, 50).await;
    lab.member(&format!("groups/{net}"), 1, 40).await;
    let path = format!("/projects/{id}/transfer_locations");
    assert_eq!(lab.dev(1).get(&path).await.column("full_path"), ["net"]);
    let found = lab.root().get(&format!("{path}?search=oth")).await;
    assert_eq!(found.column("full_path"), ["other"]);
    crate::examples::same_shape(&found, "group_public");
    lab.member(&format!("projects/{id}"), 2, 40).await;
    assert_eq!(lab.dev(2).get(&path).await.status, 403);
}

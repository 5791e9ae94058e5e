//! Deploy tokens (§7.18).

use std::time::Duration;

use gitlab_sim::Options;
use serde_json::json;

use crate::client::Lab;
use crate::clock::HandClock;
use crate::examples::same_shape;

#[tokio::test]
async fn a_deploy_token_is_told_once() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    for of in [format!("groups/{acme}"), format!("projects/{site}")] {
        let path = format!("/{of}/deploy_tokens");
        let body = json!({"name": "puller", "scopes": ["read_registry", "read_repository"]});
        let made = lab.root().post(&path, body).await;
        assert_eq!(made.status, 201);
        same_shape(&made, "deploy_token_created");
        assert!(made.body["token"].as_str().unwrap().starts_with("gldt-"));
        let name = format!("gitlab+deploy-token-{}", made.body["id"]);
        assert_eq!(made.body["username"], name);
        let list = lab.root().get(&path).await;
        same_shape(&list, "deploy_token");
        let one = lab.root().get(&format!("{path}/{}", made.body["id"])).await;
        same_shape(&one, "deploy_token");
    }
}

#[tokio::test]
async fn a_deploy_token_ends_at_its_moment() {
    let clock = HandClock::new();
    let lab = Lab::with(Options::empty().users(2).clock(clock.clone())).await;
    let acme = lab.group(None, "acme", "private").await;
    let path = format!("/groups/{acme}/deploy_tokens");
    let body =
        json!({"name": "n", "scopes": "read_registry", "expires_at": "2026-03-03", "username": "crane"});
    let made = lab.root().post(&path, body).await.body;
    assert_eq!(
        (&made["expires_at"], &made["username"], &made["expired"]),
        (&json!("2026-03-03T00:00:00.000Z"), &json!("crane"), &json!(false))
    );
    clock.advance(Duration::from_hours(24));
    assert_eq!(lab.root().get(&path).await.column("expired"), ["true"]);
    assert_eq!(
        lab.root().get(&format!("{path}?active=true")).await.body,
        json!([])
    );
}

#[tokio::test]
async fn names_repeat_and_scopes_are_checked() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let path = format!("/groups/{acme}/deploy_tokens");
    let body = json!({"name": "n", "scopes": ["read_registry"]});
    assert_eq!(lab.root().post(&path, body.clone()).await.status, 201);
    assert_eq!(lab.root().post(&path, body).await.status, 201);
    lab.root()
        .post(&path, json!({"name": "n", "scopes": ["api"]}))
        .await
        .is(400, json!({"error": "scopes does not have a valid value"}));
    lab.root()
        .post(&path, json!({}))
        .await
        .is(400, json!({"error": "name is missing, scopes is missing"}));
}

#[tokio::test]
async fn a_deploy_token_is_removed_and_then_not_found() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let path = format!("/groups/{acme}/deploy_tokens");
    let body = json!({"name": "n", "scopes": ["read_registry"]});
    let id = lab.root().post(&path, body).await.body["id"].clone();
    let one = format!("{path}/{id}");
    assert_eq!(lab.root().delete(&one, json!(null)).await.status, 204);
    let gone = json!({"message": "404 Not found"});
    lab.root().delete(&one, json!(null)).await.is(404, gone.clone());
    lab.root().get(&one).await.is(404, gone);
}

#[tokio::test]
async fn maintainers_of_a_project_and_owners_of_a_group_make_deploy_tokens() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    lab.member("groups/acme", 1, 40).await;
    lab.member("groups/acme", 2, 30).await;
    let body = json!({"name": "n", "scopes": ["read_registry"]});
    let (group, project) = (
        format!("/groups/{acme}/deploy_tokens"),
        format!("/projects/{site}/deploy_tokens"),
    );
    assert_eq!(lab.dev(1).post(&project, body.clone()).await.status, 201);
    lab.dev(1)
        .post(&group, body)
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    assert_eq!(lab.dev(1).get(&group).await.status, 200);
    assert_eq!(lab.dev(2).get(&project).await.status, 403);
}

#[tokio::test]
async fn all_deploy_tokens_are_for_administrators() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let body = json!({"name": "n", "scopes": ["read_registry"]});
    lab.root()
        .post(&format!("/groups/{acme}/deploy_tokens"), body)
        .await;
    lab.dev(1)
        .get("/deploy_tokens")
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    assert_eq!(lab.root().get("/deploy_tokens").await.column("name"), ["n"]);
}

#[tokio::test]
async fn a_deploy_token_does_not_work_on_the_api() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let body = json!({"name": "n", "scopes": ["read_repository"]});
    let made = lab
        .root()
        .post(&format!("/groups/{acme}/deploy_tokens"), body)
        .await
        .body;
    lab.bearer_of(Some(made["token"].as_str().unwrap().to_owned()))
        .get("/groups")
        .await
        .is(401, json!({"message": "401 Unauthorized"}));
}

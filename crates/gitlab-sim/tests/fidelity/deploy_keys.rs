//! Deploy keys (§7.18).

use serde_json::{Value, json};

use crate::client::Lab;
use crate::examples::same_shape;

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f crane";
const OTHER: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8eHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgEA";

fn new(key: &str) -> Value {
    json!({"title": "crane", "key": key})
}

/// Two projects: the paths of their deploy keys. `dev-0001` is a maintainer of the first.
async fn projects(lab: &Lab) -> (String, String) {
    let acme = lab.group(None, "acme", "private").await;
    let (site, docs) = (
        lab.project(acme, "site", "private").await,
        lab.project(acme, "docs", "private").await,
    );
    lab.member(&format!("projects/{site}"), 1, 40).await;
    (
        format!("/projects/{site}/deploy_keys"),
        format!("/projects/{docs}/deploy_keys"),
    )
}

#[tokio::test]
async fn a_project_lets_a_key_in() {
    let lab = Lab::start().await;
    let (site, _) = projects(&lab).await;
    let body = json!({"title": "crane", "key": format!("  {KEY}\n"), "can_push": true});
    let made = lab.dev(1).post(&site, body).await;
    assert_eq!(made.status, 201);
    same_shape(&made, "deploy_key");
    assert_eq!(
        (&made.body["key"], &made.body["can_push"]),
        (&json!(KEY), &json!(true))
    );
    assert!(
        made.body["fingerprint_sha256"]
            .as_str()
            .unwrap()
            .starts_with("SHA256:")
    );
    same_shape(&lab.dev(1).get(&site).await, "deploy_key");
    let one = lab.dev(1).get(&format!("{site}/{}", made.body["id"])).await;
    same_shape(&one, "deploy_key");
}

#[tokio::test]
async fn the_same_key_twice_in_a_project_is_refused() {
    let lab = Lab::start().await;
    let (site, _) = projects(&lab).await;
    lab.root().post(&site, new(KEY)).await;
    lab.root().post(&site, new(KEY)).await.is(
        400,
        json!({"message": {"deploy_key.fingerprint_sha256": ["has already been taken"]}}),
    );
}

#[tokio::test]
async fn a_key_known_in_another_project_is_enabled_as_it_is() {
    let lab = Lab::start().await;
    let (site, docs) = projects(&lab).await;
    let first = lab.root().post(&site, new(KEY)).await.body;
    let body = json!({"title": "another title", "key": KEY, "can_push": true});
    let second = lab.root().post(&docs, body).await;
    assert_eq!(second.status, 201);
    assert_eq!(
        (
            &second.body["id"],
            &second.body["title"],
            &second.body["can_push"]
        ),
        (&first["id"], &json!("crane"), &json!(true))
    );
    assert_eq!(lab.root().get(&site).await.column("can_push"), ["false"]);
}

#[tokio::test]
async fn a_key_is_enabled_by_its_id_where_the_viewer_knows_it_from() {
    let lab = Lab::start().await;
    let (site, docs) = projects(&lab).await;
    let id = lab.root().post(&docs, new(KEY)).await.body["id"].clone();
    let enable = format!("{site}/{id}/enable");
    lab.dev(1)
        .post(&enable, json!(null))
        .await
        .is(404, json!({"message": "404 Deploy Key Not Found"}));
    assert_eq!(lab.root().post(&enable, json!(null)).await.status, 201);
    assert_eq!(lab.dev(1).get(&site).await.column("title"), ["crane"]);
    lab.root()
        .post(&format!("{site}/99/enable"), json!(null))
        .await
        .is(404, json!({"message": "404 Deploy Key Not Found"}));
}

#[tokio::test]
async fn a_key_gets_another_title_and_right() {
    let lab = Lab::start().await;
    let (site, _) = projects(&lab).await;
    let id = lab.root().post(&site, new(KEY)).await.body["id"].clone();
    let one = format!("{site}/{id}");
    let changed = lab
        .dev(1)
        .put(&one, json!({"title": "winch", "can_push": true}))
        .await;
    assert_eq!(
        (changed.status, &changed.body["title"], &changed.body["can_push"]),
        (200, &json!("winch"), &json!(true))
    );
    lab.dev(1).put(&one, json!({})).await.is(
        400,
        json!({"error": "title, can_push are missing, at least one parameter must be provided"}),
    );
}

#[tokio::test]
async fn a_key_goes_with_the_last_project_that_has_it() {
    let lab = Lab::start().await;
    let (site, docs) = projects(&lab).await;
    let id = lab.root().post(&site, new(KEY)).await.body["id"].clone();
    lab.root().post(&docs, new(KEY)).await;
    let remove = async |path: &str| lab.root().delete(&format!("{path}/{id}"), json!(null)).await;
    assert_eq!(remove(&site).await.status, 204);
    assert_eq!(lab.root().get("/deploy_keys").await.column("title"), ["crane"]);
    remove(&site)
        .await
        .is(404, json!({"message": "404 Deploy Key Not Found"}));
    assert_eq!(remove(&docs).await.status, 204);
    assert_eq!(lab.root().get("/deploy_keys").await.body, json!([]));
}

#[tokio::test]
async fn an_administrator_makes_keys_for_every_project() {
    let lab = Lab::start().await;
    let (site, docs) = projects(&lab).await;
    lab.dev(1)
        .post("/deploy_keys", new(KEY))
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    let made = lab.root().post("/deploy_keys", new(KEY)).await;
    assert_eq!(made.status, 201);
    let enable = format!("{site}/{}/enable", made.body["id"]);
    assert_eq!(lab.dev(1).post(&enable, json!(null)).await.status, 201);
    lab.root()
        .post(&docs, json!({"title": "t", "key": KEY, "can_push": true}))
        .await;
    lab.root().post(&docs, new(OTHER)).await;
    let list = lab.root().get("/deploy_keys?public=true").await;
    same_shape(&list, "deploy_key_of_instance");
    let path = |side: &str| list.body[0][side][0]["path_with_namespace"].clone();
    assert_eq!(
        (
            path("projects_with_write_access"),
            path("projects_with_readonly_access")
        ),
        (json!("acme/docs"), json!("acme/site"))
    );
    assert_eq!(
        lab.root()
            .get("/deploy_keys")
            .await
            .body
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(lab.dev(1).get("/deploy_keys").await.status, 403);
}

#[tokio::test]
async fn what_is_no_key_is_refused() {
    let lab = Lab::start().await;
    let (site, _) = projects(&lab).await;
    let answer = lab.root().post(&site, new("no key")).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.body["message"]["deploy_key.fingerprint"],
        json!(["cannot be generated"])
    );
    lab.root()
        .post(&site, json!({}))
        .await
        .is(400, json!({"error": "key is missing, title is missing"}));
}

#[tokio::test]
async fn deploy_keys_are_for_maintainers() {
    let lab = Lab::start().await;
    let (site, _) = projects(&lab).await;
    lab.member("groups/acme", 2, 30).await;
    for answer in [
        lab.dev(2).get(&site).await,
        lab.dev(2).post(&site, new(KEY)).await,
    ] {
        answer.is(403, json!({"message": "403 Forbidden"}));
    }
    assert_eq!(lab.dev(3).get(&site).await.status, 404);
}

#[tokio::test]
async fn a_deploy_key_is_found_by_its_fingerprint_with_its_projects() {
    let lab = Lab::start().await;
    let (site, _) = projects(&lab).await;
    let made = lab.root().post(&site, new(KEY)).await.body;
    let fingerprint = made["fingerprint_sha256"].as_str().unwrap();
    let fingerprint = fingerprint.replace('/', "%2F").replace('+', "%2B");
    let found = lab
        .root()
        .get(&format!("/keys?fingerprint={fingerprint}"))
        .await
        .body;
    assert_eq!((&found["id"], &found["key"]), (&made["id"], &json!(KEY)));
    assert_eq!(found["deploy_keys_projects"][0]["can_push"], false);
    assert!(found["deploy_keys_projects"][0]["project_id"].is_u64());
}

//! Accounts for machines (§7.6, A.8).

use gitlab_sim::{Background, Options, Tier};
use serde_json::json;

use crate::client::Lab;
use crate::examples::same_shape;

async fn premium() -> Lab {
    let options = Options::empty().users(3).tier(Tier::Premium);
    Lab::with(options.background(Background::IMMEDIATE)).await
}

#[tokio::test]
async fn a_top_level_group_has_accounts_for_machines() {
    let lab = premium().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    let path = format!("/groups/{acme}/service_accounts");
    let made = lab.root().post(&path, json!({})).await;
    assert_eq!(made.status, 201);
    same_shape(&made, "service_account");
    assert_eq!(made.body["name"], "Service account user");
    let username = made.body["username"].as_str().unwrap();
    assert!(username.starts_with(&format!("service_account_group_{acme}_")));
    let named = json!({"name": "Lighthouse", "username": "light"});
    lab.root().post(&path, named).await;
    assert_eq!(
        lab.root().get(&path).await.column("name"),
        ["Lighthouse", "Service account user"]
    );
    lab.root()
        .post(&format!("/groups/{web}/service_accounts"), json!({}))
        .await
        .is(
            400,
            json!({"message": "400 Bad request - Group must be a top-level group"}),
        );
    lab.root().post(&path, json!({"username": "light"})).await.is(
        400,
        json!({"message": "400 Bad request - Username has already been taken"}),
    );
}

#[tokio::test]
async fn an_account_gets_tokens_and_acts_with_them() {
    let lab = premium().await;
    let acme = lab.group(None, "acme", "private").await;
    let path = format!("/groups/{acme}/service_accounts");
    let user = lab.root().post(&path, json!({})).await.body["id"].clone();
    let tokens = format!("{path}/{user}/personal_access_tokens");
    let made = lab
        .root()
        .post(&tokens, json!({"name": "beam", "scopes": ["api"]}))
        .await;
    assert_eq!(made.status, 201);
    let actor = lab.bearer_of(Some(made.body["token"].as_str().unwrap().to_owned()));
    assert_eq!(actor.get("/user").await.body["bot"], true);
    let rotate = format!("{tokens}/{}/rotate", made.body["id"]);
    let new = lab.root().post(&rotate, json!(null)).await;
    assert_eq!(new.status, 200);
    assert_eq!(actor.get("/user").await.status, 401);
    let one = format!("{tokens}/{}", new.body["id"]);
    assert_eq!(lab.root().delete(&one, json!(null)).await.status, 204);
    assert_eq!(
        lab.root().get(&format!("{tokens}?state=active")).await.body,
        json!([])
    );
    lab.root()
        .delete(&format!("{tokens}/1"), json!(null))
        .await
        .is(404, json!({"message": "404 Personal Access Token Not Found"}));
}

#[tokio::test]
async fn an_account_is_renamed_and_removed() {
    let lab = premium().await;
    let acme = lab.group(None, "acme", "private").await;
    let path = format!("/groups/{acme}/service_accounts");
    let user = lab.root().post(&path, json!({})).await.body["id"].clone();
    let one = format!("{path}/{user}");
    let change = json!({"name": "Buoy", "username": "buoy"});
    let changed = lab.root().json(hyper::Method::PATCH, &one, change).await.unwrap();
    assert_eq!(
        (&changed.body["name"], &changed.body["username"]),
        (&json!("Buoy"), &json!("buoy"))
    );
    assert_eq!(lab.root().delete(&one, json!(null)).await.status, 204);
    assert_eq!(lab.root().get(&path).await.body, json!([]));
    lab.root()
        .delete(&format!("{path}/2"), json!(null))
        .await
        .is(404, json!({"message": "404 User Not Found"}));
}

#[tokio::test]
async fn accounts_of_the_instance_are_for_administrators() {
    let lab = premium().await;
    lab.dev(1)
        .post("/service_accounts", json!({}))
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    let made = lab.root().post("/service_accounts", json!({})).await;
    assert_eq!(made.status, 201);
    same_shape(&lab.root().get("/service_accounts").await, "service_account");
    let path = format!("/service_accounts/{}", made.body["id"]);
    let changed = lab
        .root()
        .json(hyper::Method::PATCH, &path, json!({"name": "Buoy"}))
        .await
        .unwrap();
    assert_eq!(changed.body["name"], "Buoy");
}

#[tokio::test]
async fn accounts_for_machines_need_a_licence_and_an_owner() {
    let free = Lab::start().await;
    let acme = free.group(None, "acme", "private").await;
    let path = format!("/groups/{acme}/service_accounts");
    let not_found = json!({"message": "404 Not Found"});
    free.root()
        .post(&path, json!({}))
        .await
        .is(404, not_found.clone());
    free.root()
        .post("/service_accounts", json!({}))
        .await
        .is(404, not_found);
    let lab = premium().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.member("groups/acme", 1, 40).await;
    lab.dev(1)
        .post(&format!("/groups/{acme}/service_accounts"), json!({}))
        .await
        .is(403, json!({"message": "403 Forbidden"}));
}

//! What groups look like, and to whom (§7.1.1).

use gitlab_sim::{Background, Options, Tier};
use serde_json::json;

use crate::client::Lab;
use crate::examples::same_shape;

async fn premium() -> Lab {
    let options = Options::empty().users(9).tier(Tier::Premium);
    Lab::with(options.background(Background::IMMEDIATE)).await
}

#[tokio::test]
async fn groups_have_gitlabs_keys_in_gitlabs_order() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let pilots = lab.group(None, "pilots", "private").await;
    lab.root()
        .post(
            "/groups/acme/share",
            json!({"group_id": pilots, "group_access": 30}),
        )
        .await;
    same_shape(&lab.root().get("/groups").await, "group");
    same_shape(&lab.root().get(&format!("/groups/{acme}")).await, "group_detail");
}

#[tokio::test]
async fn a_paid_licence_adds_keys() {
    let lab = premium().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.member("groups/acme", 1, 50).await;
    let dev = lab.dev(1);
    same_shape(&dev.get("/groups").await, "group_premium");
    same_shape(&dev.get(&format!("/groups/{acme}")).await, "group_detail_premium");
}

#[tokio::test]
async fn where_groups_are_stored_is_for_administrators_of_a_paid_licence() {
    let lab = premium().await;
    lab.group(None, "acme", "public").await;
    assert_eq!(
        lab.root().get("/groups/acme").await.body["repository_storage"],
        "default"
    );
    assert_eq!(
        lab.dev(1)
            .get("/groups/acme")
            .await
            .body
            .get("repository_storage"),
        None
    );
}

#[tokio::test]
async fn what_is_archived_above_shows_below_and_a_mark_does_not() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    lab.root().post("/groups/acme/archive", json!(null)).await;
    let below = lab.root().get(&format!("/groups/{web}")).await.body;
    assert_eq!(below["archived"], true);
    lab.root().post("/groups/acme/unarchive", json!(null)).await;
    lab.root().delete("/groups/acme", json!(null)).await;
    let below = lab.root().get(&format!("/groups/{web}")).await.body;
    assert_eq!(below["marked_for_deletion_on"], json!(null));
}

#[tokio::test]
async fn the_key_of_the_runners_token_is_for_owners_of_the_group() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "private").await;
    lab.member("groups/acme", 1, 50).await;
    lab.member("groups/acme", 2, 40).await;
    let owner = lab.dev(1).get("/groups/acme").await.body;
    assert!(owner.get("runners_token").is_some());
    let maintainer = lab.dev(2).get("/groups/acme").await.body;
    assert_eq!(maintainer.get("runners_token"), None);
}

#[tokio::test]
async fn statistics_are_for_administrators_and_the_storage_of_a_tree_for_its_root() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    lab.group(Some(acme), "web", "public").await;
    let seen = lab.root().get("/groups?statistics=true&order_by=id").await;
    same_shape(
        &lab.root()
            .get("/groups?statistics=true&top_level_only=true")
            .await,
        "group_statistics",
    );
    let root = &seen.body[0];
    assert_eq!(root["statistics"]["storage_size"], 0);
    assert_eq!(root["root_storage_statistics"]["container_registry_size"], 0);
    assert!(seen.body[1].get("statistics").is_some());
    assert_eq!(seen.body[1].get("root_storage_statistics"), None);
    let dev = lab.dev(1).get("/groups?statistics=true&all_available=true").await;
    assert_eq!(dev.body[0].get("statistics"), None);
}

#[tokio::test]
async fn custom_attributes_of_groups_are_for_administrators_who_ask() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let attribute = format!("/groups/{acme}/custom_attributes/cost_centre");
    lab.root().put(&attribute, json!({"value": "42"})).await;
    let pairs = json!([{"key": "cost_centre", "value": "42"}]);
    let path = "/groups/acme?with_custom_attributes=true";
    assert_eq!(lab.root().get(path).await.body["custom_attributes"], pairs);
    let listed = lab.root().get("/groups?with_custom_attributes=true").await;
    assert_eq!(listed.body[0]["custom_attributes"], pairs);
    assert_eq!(
        lab.root().get("/groups/acme").await.body.get("custom_attributes"),
        None
    );
    assert_eq!(lab.dev(1).get(path).await.body.get("custom_attributes"), None);
}

#[tokio::test]
async fn the_body_of_a_group_holds_a_hundred_projects_at_most() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    for number in 0..101 {
        lab.project(acme, &format!("project-{number}"), "private").await;
    }
    let body = lab.root().get("/groups/acme").await.body;
    assert_eq!(body["projects"].as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn the_body_of_a_group_holds_the_projects_it_was_invited_to() {
    let lab = Lab::start().await;
    let pilots = lab.group(None, "pilots", "private").await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    let share = json!({"group_id": pilots, "group_access": 30});
    let answer = lab.root().post(&format!("/projects/{site}/share"), share).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let body = lab.root().get("/groups/pilots").await.body;
    assert_eq!(body["projects"], json!([]));
    assert_eq!(body["shared_projects"][0]["id"], site);
}

#[tokio::test]
async fn a_new_group_comes_with_two_empty_lists_of_projects() {
    let lab = Lab::start().await;
    let answer = lab
        .root()
        .post("/groups", json!({"name": "Acme", "path": "acme"}))
        .await;
    assert_eq!((answer.status, &answer.body["projects"]), (201, &json!([])));
    assert_eq!(answer.body["shared_projects"], json!([]));
}

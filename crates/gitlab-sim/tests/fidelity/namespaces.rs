//! Namespaces (§7.7).

use serde_json::json;

use crate::client::Lab;

#[tokio::test]
async fn a_list_holds_ones_own_and_an_administrators_all() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    lab.group(None, "other", "public").await;
    lab.member(&format!("groups/{acme}"), 1, 30).await;
    assert_eq!(
        lab.dev(1).get("/namespaces").await.column("path"),
        ["dev-0001", "acme"]
    );
    assert_eq!(
        lab.dev(1).get("/namespaces?owned_only=true").await.column("path"),
        ["dev-0001"]
    );
    assert_eq!(lab.root().get("/namespaces").await.header("x-total"), Some("12"));
    assert_eq!(
        lab.root().get("/namespaces?search=acm").await.column("full_path"),
        ["acme"]
    );
}

#[tokio::test]
async fn a_namespace_is_found_by_id_and_path_and_owners_see_counts() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let web = lab.group(Some(acme), "web", "public").await;
    lab.project(web, "site", "public").await;
    lab.member(&format!("groups/{web}"), 1, 30).await;
    let seen = lab.root().get("/namespaces/acme%2Fweb").await.body;
    assert_eq!(
        (seen["id"].as_u64(), seen["kind"].as_str()),
        (Some(web), Some("group"))
    );
    assert_eq!(seen["parent_id"], acme);
    let above = lab.root().get(&format!("/namespaces/{acme}")).await.body;
    assert_eq!(above["members_count_with_descendants"], 2);
    assert_eq!(above["projects_count"], 1);
    assert_eq!(above["plan"], "default");
    let stranger = lab.dev(2).get("/namespaces/acme").await.body;
    assert_eq!(stranger.get("plan"), None);
    let user = lab.dev(1).get("/namespaces/dev-0001").await.body;
    assert_eq!(
        (user["kind"].as_str(), user["web_url"].clone()),
        (Some("user"), json!(format!("{}/dev-0001", lab.gitlab.url())))
    );
    lab.dev(1)
        .get("/namespaces/dev-0002")
        .await
        .is(404, json!({"message": "404 Namespace Not Found"}));
}

#[tokio::test]
async fn existence_looks_at_groups_and_users_but_not_at_projects() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.group(None, "acme1", "private").await;
    lab.project(acme, "site", "private").await;
    let root = lab.root();
    root.get("/namespaces/acme/exists")
        .await
        .is(200, json!({"exists": true, "suggests": ["acme2"]}));
    root.get("/namespaces/DEV-0001/exists")
        .await
        .is(200, json!({"exists": true, "suggests": ["DEV-00011"]}));
    let free = json!({"exists": false, "suggests": []});
    root.get("/namespaces/free/exists").await.is(200, free.clone());
    root.get(&format!("/namespaces/site/exists?parent_id={acme}"))
        .await
        .is(200, free.clone());
    root.get(&format!("/namespaces/acme/exists?parent_id={acme}"))
        .await
        .is(200, free);
}

#[tokio::test]
async fn namespaces_are_for_those_who_are_signed_in() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "public").await;
    for path in ["/namespaces", "/namespaces/acme", "/namespaces/acme/exists"] {
        lab.anonymous()
            .get(path)
            .await
            .is(401, json!({"message": "401 Unauthorized"}));
    }
}

#[tokio::test]
async fn a_namespace_has_the_id_of_its_group() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let by_id = lab.root().get(&format!("/namespaces/{acme}")).await.body;
    assert_eq!(
        (&by_id["id"], &by_id["full_path"]),
        (&json!(acme), &json!("acme"))
    );
}

#[tokio::test]
async fn a_list_is_narrowed_to_the_top_level_and_searched_in_whole_paths_if_asked_to() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    lab.group(Some(acme), "web", "public").await;
    let list = async |query: &str| {
        let path = format!("/namespaces?{query}");
        lab.root().get(&path).await.column("full_path")
    };
    assert_eq!(list("search=acme").await, ["acme"]);
    assert_eq!(
        list("search=acme&full_path_search=true").await,
        ["acme", "acme/web"]
    );
    assert_eq!(
        list("search=acme&full_path_search=true&top_level_only=true").await,
        ["acme"]
    );
}

#[tokio::test]
async fn plan_and_counts_are_for_those_who_administer_the_group() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "public").await;
    lab.member("groups/acme", 1, 50).await;
    lab.member("groups/acme", 2, 40).await;
    let keys = [
        "members_count_with_descendants",
        "projects_count",
        "plan",
        "trial",
    ];
    let owner = lab.dev(1).get("/namespaces/acme").await;
    crate::examples::same_shape(&owner, "namespace");
    let maintainer = lab.dev(2).get("/namespaces/acme").await.body;
    for key in keys {
        assert_eq!(maintainer.get(key), None, "{key}");
    }
}

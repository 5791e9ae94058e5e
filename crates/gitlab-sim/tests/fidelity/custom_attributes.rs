//! Notes of administrators (§10.2, A.8).

use serde_json::json;

use crate::client::Lab;

#[tokio::test]
async fn an_attribute_is_set_replaced_listed_and_removed() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let site = lab.project(acme, "site", "public").await;
    for of in [
        format!("groups/{acme}"),
        format!("projects/{site}"),
        "users/2".to_owned(),
    ] {
        let all = format!("/{of}/custom_attributes");
        let one = format!("{all}/team");
        for value in ["tides", "maps"] {
            lab.root()
                .put(&one, json!({"value": value}))
                .await
                .is(200, json!({"key": "team", "value": value}));
        }
        lab.root()
            .get(&all)
            .await
            .is(200, json!([{"key": "team", "value": "maps"}]));
        lab.root()
            .get(&one)
            .await
            .is(200, json!({"key": "team", "value": "maps"}));
        assert_eq!(lab.root().delete(&one, json!(null)).await.status, 204);
        lab.root()
            .get(&one)
            .await
            .is(404, json!({"message": "404 Not found"}));
    }
}

#[tokio::test]
async fn an_attribute_needs_a_value() {
    let lab = Lab::start().await;
    lab.root()
        .put("/users/2/custom_attributes/team", json!({}))
        .await
        .is(400, json!({"error": "value is missing"}));
}

#[tokio::test]
async fn attributes_are_for_administrators() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let all = format!("/groups/{acme}/custom_attributes");
    let forbidden = json!({"message": "403 Forbidden"});
    lab.dev(1).get(&all).await.is(403, forbidden.clone());
    lab.dev(1)
        .put(&format!("{all}/team"), json!({"value": "x"}))
        .await
        .is(403, forbidden);
}

#[tokio::test]
async fn attributes_of_projects_are_shown_to_administrators_who_ask() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let site = lab.project(acme, "site", "public").await;
    let path = format!("/projects/{site}");
    let one = format!("{path}/custom_attributes/team");
    lab.root().put(&one, json!({"value": "tides"})).await;
    let shown = json!([{"key": "team", "value": "tides"}]);
    let asked = "with_custom_attributes=true";
    assert_eq!(
        lab.root().get(&format!("{path}?{asked}")).await.body["custom_attributes"],
        shown
    );
    let row = lab.root().get(&format!("/projects?{asked}")).await.body[0].clone();
    assert_eq!(row["custom_attributes"], shown);
    assert_eq!(lab.root().get(&path).await.body.get("custom_attributes"), None);
    let users = lab.dev(1).get(&format!("{path}?{asked}")).await.body;
    assert_eq!(users.get("custom_attributes"), None);
}

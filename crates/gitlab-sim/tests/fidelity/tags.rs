//! Tags of a repository (§7.16).

use serde_json::json;

use crate::examples::same_shape;
use crate::repository::{Code, message};

const TAGS: &str = "/repository/tags";

#[tokio::test]
async fn a_tag_without_a_message_is_only_a_name_for_a_commit() {
    let code = Code::start().await;
    let head = code.get("/repository/branches/main").await.body["commit"]["id"].clone();
    let body = json!({"tag_name": "v1", "ref": "main"});
    let answer = code.developer().post(&code.path(TAGS), body).await;
    assert_eq!(answer.status, 201);
    same_shape(&answer, "tag");
    let tag = answer.body;
    assert_eq!((&tag["target"], &tag["commit"]["id"]), (&head, &head));
    assert_eq!((&tag["message"], &tag["created_at"]), (&json!(""), &json!(null)));
    assert_eq!(
        (&tag["protected"], &tag["release"]),
        (&json!(false), &json!(null))
    );
    assert_eq!(code.get("/repository/tags/v1").await.body, tag);
}

#[tokio::test]
async fn a_tag_with_a_message_is_an_object_of_its_own() {
    let code = Code::start().await;
    let head = code.get("/repository/branches/main").await.body["commit"]["id"].clone();
    let body = json!({"tag_name": "v1", "ref": "main", "message": "The first"});
    let tag = code.make(TAGS, body).await;
    assert_eq!(tag["message"], "The first");
    assert_eq!(tag["commit"]["id"], head);
    assert_ne!(tag["target"], head);
    assert!(tag["created_at"].is_string());
    let listed = code.get(TAGS).await;
    same_shape(&listed, "tag");
    assert_eq!(listed.body[0], tag);
}

#[tokio::test]
async fn a_tag_that_is_there_is_refused_with_400() {
    let code = Code::start().await;
    let body = json!({"tag_name": "v1", "ref": "main"});
    code.make(TAGS, body.clone()).await;
    code.root()
        .post(&code.path(TAGS), body)
        .await
        .is(400, message("Tag v1 already exists"));
}

#[tokio::test]
async fn a_tag_needs_a_name_that_can_be_one_and_a_target_that_is_there() {
    let code = Code::start().await;
    let path = code.path(TAGS);
    code.root()
        .post(&path, json!({"tag_name": "v1", "ref": "nowhere"}))
        .await
        .is(400, message("Target nowhere is invalid"));
    code.root()
        .post(&path, json!({"tag_name": "v 1", "ref": "main"}))
        .await
        .is(400, message("Tag name invalid"));
    code.root()
        .post(&path, json!({}))
        .await
        .is(400, json!({"error": "tag_name is missing, ref is missing"}));
}

#[tokio::test]
async fn a_tag_is_deleted_with_204_and_a_missing_one_is_404() {
    let code = Code::start().await;
    code.make(TAGS, json!({"tag_name": "v1", "ref": "main"})).await;
    let path = code.path("/repository/tags/v1");
    let gone = code.developer().delete(&path, json!(null)).await;
    assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    let text = message("404 Tag Not Found");
    code.root().delete(&path, json!(null)).await.is(404, text.clone());
    code.root().get(&path).await.is(404, text);
}

#[tokio::test]
async fn tags_are_found_and_ordered_by_name_age_or_version() {
    let code = Code::start().await;
    for name in ["v1.9", "v1.10", "beta", "v1.2"] {
        code.make(TAGS, json!({"tag_name": name, "ref": "main"})).await;
    }
    let found = async |query: &str| {
        let list = code.get(&format!("{TAGS}?{query}")).await;
        list.column("name").join(" ")
    };
    assert_eq!(found("order_by=name&sort=asc").await, "beta v1.10 v1.2 v1.9");
    assert_eq!(found("order_by=name").await, "v1.9 v1.2 v1.10 beta");
    assert_eq!(
        found("order_by=version&sort=asc&search=%5Ev").await,
        "v1.2 v1.9 v1.10"
    );
    assert_eq!(found("search=BETA").await, "beta");
    assert_eq!(found("search=10%24").await, "v1.10");
    code.get(&format!("{TAGS}?order_by=size"))
        .await
        .is(400, json!({"error": "order_by does not have a valid value"}));
}

#[tokio::test]
async fn a_protected_tag_shows_as_such_and_is_not_for_everyone() {
    let code = Code::start().await;
    code.make("/protected_tags", json!({"name": "v*"})).await;
    let body = json!({"tag_name": "v1", "ref": "main"});
    code.developer()
        .post(&code.path(TAGS), body.clone())
        .await
        .is(403, message("403 Forbidden"));
    let made = code.maintainer().post(&code.path(TAGS), body).await;
    assert_eq!((made.status, &made.body["protected"]), (201, &json!(true)));
    let path = code.path("/repository/tags/v1");
    assert_eq!(code.developer().delete(&path, json!(null)).await.status, 403);
    assert_eq!(code.maintainer().delete(&path, json!(null)).await.status, 204);
    let free = json!({"tag_name": "beta", "ref": "main"});
    assert_eq!(code.developer().post(&code.path(TAGS), free).await.status, 201);
}

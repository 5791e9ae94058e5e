//! Protected tags (§7.8).

use gitlab_sim::Tier;
use serde_json::json;

use crate::client::id_of;
use crate::examples::same_shape;
use crate::repository::{Code, message};

const RULES: &str = "/protected_tags";

#[tokio::test]
async fn a_tag_or_wildcard_is_protected_for_maintainers_unless_said_otherwise() {
    let code = Code::start().await;
    let answer = code
        .maintainer()
        .post(&code.path(RULES), json!({"name": "v*"}))
        .await;
    assert_eq!(answer.status, 201);
    same_shape(&answer, "protected_tag_free");
    let line = &answer.body["create_access_levels"][0];
    assert_eq!(
        (&line["access_level"], &line["access_level_description"]),
        (&json!(40), &json!("Maintainers"))
    );
    let body = json!({"name": "w*", "create_access_level": 30});
    let rule = code.make(RULES, body).await;
    assert_eq!(
        rule["create_access_levels"][0]["access_level_description"],
        "Developers + Maintainers"
    );
}

#[tokio::test]
async fn with_a_licence_users_and_groups_may_be_named_for_tags() {
    let code = Code::on(Tier::Premium).await;
    let body = json!({
        "name": "v*", "create_access_level": 40,
        "allowed_to_create": [{"user_id": id_of(2)}, {"group_id": code.group}],
    });
    let answer = code.root().post(&code.path(RULES), body).await;
    assert_eq!(answer.status, 201);
    same_shape(&answer, "protected_tag_premium");
    assert_eq!(answer.body["create_access_levels"].as_array().unwrap().len(), 3);
    let tag = json!({"tag_name": "v1", "ref": "main"});
    let made = code.developer().post(&code.path("/repository/tags"), tag).await;
    assert_eq!(made.status, 201);
}

#[tokio::test]
async fn a_duplicate_is_refused_with_422() {
    let code = Code::start().await;
    code.make(RULES, json!({"name": "v*"})).await;
    code.root()
        .post(&code.path(RULES), json!({"name": "v*"}))
        .await
        .is(422, json!({"message": ["Name has already been taken"]}));
    code.root()
        .post(&code.path(RULES), json!({}))
        .await
        .is(400, json!({"error": "name is missing"}));
}

#[tokio::test]
async fn one_is_found_listed_and_taken_away() {
    let code = Code::start().await;
    code.make(RULES, json!({"name": "release/*"})).await;
    assert_eq!(code.get(RULES).await.column("name"), ["release/*"]);
    let path = code.path("/protected_tags/release%2F*");
    assert_eq!(code.maintainer().get(&path).await.body["name"], "release/*");
    assert_eq!(code.maintainer().delete(&path, json!(null)).await.status, 204);
    let text = message("404 Not found");
    code.maintainer().get(&path).await.is(404, text.clone());
    code.maintainer().delete(&path, json!(null)).await.is(404, text);
}

#[tokio::test]
async fn developers_do_not_set_them() {
    let code = Code::start().await;
    let text = message("403 Forbidden");
    code.developer()
        .post(&code.path(RULES), json!({"name": "v*"}))
        .await
        .is(403, text.clone());
    code.developer().get(&code.path(RULES)).await.is(403, text);
}

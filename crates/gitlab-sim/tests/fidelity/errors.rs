//! The shapes of refusals and their texts (§5.1 to §5.3).

use hyper::Method;
use serde_json::{Value, json};

use crate::client::Lab;
use crate::examples::same_shape;

#[tokio::test]
async fn what_is_absent_is_404_with_its_name() {
    let lab = Lab::start().await;
    for (path, name) in [
        ("/groups/none", "Group"),
        ("/groups/999", "Group"),
        ("/projects/acme%2Fnone", "Project"),
        ("/projects/999", "Project"),
        ("/users/999", "User"),
        ("/namespaces/none", "Namespace"),
    ] {
        let text = format!("404 {name} Not Found");
        lab.root().get(path).await.is(404, json!({"message": text}));
    }
}

#[tokio::test]
async fn a_row_missing_below_what_is_there_is_404_with_a_small_f() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let members = format!("/groups/{acme}/members/7");
    let missing = json!({"message": "404 Not found"});
    lab.root().get(&members).await.is(404, missing.clone());
    lab.root()
        .put(&members, json!({"access_level": 30}))
        .await
        .is(404, missing.clone());
    lab.root().delete(&members, json!(null)).await.is(404, missing);
}

#[tokio::test]
async fn a_reason_follows_the_title_of_a_refusal() {
    let lab = Lab::start().await;
    let answer = lab.dev(1).with_header("Sudo", "root").get("/user").await;
    answer.is(
        403,
        json!({"message": "403 Forbidden - Must be admin to use sudo"}),
    );
}

#[tokio::test]
async fn a_sentence_can_be_the_whole_message() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.member(&format!("groups/{acme}"), 1, 30).await;
    let again = json!({"username": "dev-0001", "access_level": 30});
    lab.root()
        .post(&format!("/groups/{acme}/members"), again)
        .await
        .is(409, json!({"message": "Member already exists"}));
}

#[tokio::test]
async fn a_model_complains_by_field_and_nested_ones_have_a_dot() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.project(acme, "site", "private").await;
    let again = json!({"name": "site", "path": "site", "namespace_id": acme});
    let taken = json!(["has already been taken"]);
    lab.root().post("/projects", again).await.is(
        400,
        json!({"message": {"project_namespace.name": taken, "name": taken, "path": taken}}),
    );
}

#[tokio::test]
async fn a_group_that_cannot_be_made_is_a_hash_in_a_sentence_and_one_that_cannot_change_an_object() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.group(None, "beta", "private").await;
    let made = lab
        .root()
        .post("/groups", json!({"name": "Beta", "path": "beta"}))
        .await;
    made.is(
        400,
        json!({"message": "Failed to save group {:path=>[\"has already been taken\"]}"}),
    );
    let changed = lab
        .root()
        .put(&format!("/groups/{acme}"), json!({"path": "beta"}))
        .await;
    changed.is(400, json!({"message": {"path": ["has already been taken"]}}));
    same_shape(&changed, "error_of_path");
}

#[tokio::test]
async fn a_limiter_writes_an_error_into_the_message() {
    let lab = Lab::start().await;
    let limits = json!({"endpoints": {"GET /groups": {"limit": 0, "seconds": 60}}});
    lab.control(Method::POST, "/limits", limits).await;
    let text = "This endpoint has been requested too many times. Try again later.";
    lab.root()
        .get("/groups")
        .await
        .is(429, json!({"message": {"error": text}}));
}

#[tokio::test]
async fn what_was_queued_says_so_and_what_is_gone_says_nothing() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.member(&format!("groups/{acme}"), 1, 30).await;
    let gone = lab
        .root()
        .delete(&format!("/groups/{acme}/members/2"), json!(null))
        .await;
    assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    lab.root()
        .delete(&format!("/groups/{acme}"), json!(null))
        .await
        .is(202, json!({"message": "202 Accepted"}));
}

/// What the API layer says to a body.
async fn refused(lab: &Lab, path: &str, body: Value) -> Value {
    let answer = lab.root().post(path, body).await;
    assert_eq!(answer.status, 400, "{answer:?}");
    answer.body["error"].clone()
}

#[tokio::test]
async fn the_api_layer_names_what_is_missing_wrong_or_not_among_the_words() {
    let lab = Lab::start().await;
    assert_eq!(
        refused(&lab, "/groups", json!({})).await,
        "name is missing, path is missing"
    );
    let body = json!({"name": "X", "path": "xx", "parent_id": "x", "lfs_enabled": "perhaps"});
    let text = refused(&lab, "/groups", body).await;
    let text = text.as_str().unwrap();
    assert!(text.contains("parent_id is invalid") && text.contains("lfs_enabled is invalid"));
    let body = json!({"name": "X", "path": "xx", "visibility": "secret"});
    assert_eq!(
        refused(&lab, "/groups", body).await,
        "visibility does not have a valid value"
    );
}

#[tokio::test]
async fn the_api_layer_wants_one_of_several_and_not_both() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let members = format!("/groups/{acme}/members");
    assert_eq!(
        refused(&lab, &members, json!({"access_level": 30})).await,
        "user_id, username are missing, at least one parameter must be provided"
    );
    let both = json!({"user_id": 2, "username": "dev-0001", "access_level": 30});
    assert_eq!(
        refused(&lab, &members, both).await,
        "user_id, username are mutually exclusive"
    );
}

#[tokio::test]
async fn a_change_of_nothing_known_lists_all_that_could_change() {
    let lab = Lab::start().await;
    let site = lab.dev(1).post("/projects", json!({"path": "site"})).await;
    let path = format!("/projects/{}", site.body["id"]);
    let answer = lab.dev(1).put(&path, json!({"nmae": "typo"})).await;
    let text = answer.body["error"].as_str().unwrap_or_default();
    assert_eq!(answer.status, 400);
    assert!(
        text.ends_with(" are missing, at least one parameter must be provided"),
        "{text}"
    );
    for name in ["name", "description", "visibility", "topics"] {
        assert!(text.contains(&format!("{name}, ")), "{name}: {text}");
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_413() {
    let lab = Lab::start().await;
    let body = format!("{{\"description\":\"{}\"}}", "x".repeat(11 * 1024 * 1024));
    let sent = lab
        .root()
        .send(Method::POST, "/api/v4/projects", "application/json", body)
        .await;
    // The connection may be gone before all of it is sent.
    assert!(sent.is_err() || sent.is_ok_and(|answer| answer.status == 413));
}

#[tokio::test]
async fn texts_are_json_unless_a_proxy_or_the_throttle_speaks() {
    let lab = Lab::start().await;
    for (path, status) in [("/groups/none", 404), ("/nowhere", 404), ("/groups?page=x", 400)] {
        let answer = lab.root().get(path).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, Some("application/json"))
        );
    }
    lab.control(Method::POST, "/limits", json!({"perMinute": 1}))
        .await;
    lab.dev(1).get("/version").await;
    let throttled = lab.dev(1).get("/version").await;
    assert_eq!(throttled.header("content-type"), Some("text/plain"));
}

#[tokio::test]
async fn the_api_layer_wants_exactly_one_of_two_and_nothing_empty() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    let answer = lab
        .root()
        .put(&format!("/projects/{site}/labels"), json!({"new_name": "x"}))
        .await;
    answer.is(
        400,
        json!({"error": "label_id, name are missing, exactly one parameter must be provided"}),
    );
    let scope = format!("/projects/{site}/job_token_scope");
    let answer = lab
        .root()
        .json(Method::PATCH, &scope, json!({"enabled": ""}))
        .await
        .unwrap();
    answer.is(400, json!({"error": "enabled is empty"}));
}

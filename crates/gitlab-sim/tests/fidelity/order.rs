//! In which order a request is refused (§11.2).

use gitlab_sim::Options;
use hyper::Method;
use serde_json::json;

use crate::client::Lab;

const NO_ROUTE: &str = "404 Not Found";

#[tokio::test]
async fn the_throttle_comes_before_the_route() {
    let lab = Lab::start().await;
    lab.control(Method::POST, "/limits", json!({"perMinute": 1}))
        .await;
    lab.root()
        .get("/nowhere")
        .await
        .is(404, json!({"error": NO_ROUTE}));
    let refused = lab.root().get("/nowhere").await;
    assert_eq!((refused.status, refused.text.as_str()), (429, "Retry later\n"));
}

#[tokio::test]
async fn the_route_comes_before_the_token() {
    let lab = Lab::start().await;
    let stranger = lab.bearer_of(Some("glpat-unknown".to_owned()));
    stranger.get("/nowhere").await.is(404, json!({"error": NO_ROUTE}));
    stranger
        .delete("/version", json!(null))
        .await
        .is(405, json!({"error": "405 Not Allowed"}));
}

#[tokio::test]
async fn the_body_comes_before_the_token() {
    let lab = Lab::start().await;
    let answer = lab
        .anonymous()
        .send(Method::POST, "/api/v4/groups", "application/json", "{".to_owned())
        .await
        .unwrap();
    assert_eq!(answer.status, 400);
    assert!(answer.body["error"].is_string());
}

#[tokio::test]
async fn the_token_comes_before_the_parameters() {
    let lab = Lab::start().await;
    let unauthorized = json!({"message": "401 Unauthorized"});
    lab.anonymous()
        .post("/groups", json!({}))
        .await
        .is(401, unauthorized.clone());
    lab.anonymous()
        .post("/projects/1/members", json!({"access_level": "x"}))
        .await
        .is(401, unauthorized);
}

#[tokio::test]
async fn the_scope_comes_before_the_parameters() {
    let lab = Lab::start().await;
    let body = json!({"name": "reader", "scopes": ["read_api"]});
    let made = lab.root().post("/users/2/personal_access_tokens", body).await;
    let reader = lab.bearer_of(made.body["token"].as_str().map(str::to_owned));
    let refused = reader.post("/groups", json!({})).await;
    assert_eq!(
        (refused.status, refused.body["error"].as_str()),
        (403, Some("insufficient_scope"))
    );
}

#[tokio::test]
async fn the_parameters_come_before_the_limiter_and_that_before_what_is_looked_for() {
    let lab = Lab::start().await;
    let limits = json!({"endpoints": {"POST /groups/:id/members": {"limit": 0, "seconds": 60}}});
    lab.control(Method::POST, "/limits", limits).await;
    let root = lab.root();
    let text = "user_id, username are missing, at least one parameter must be provided";
    root.post("/groups/none/members", json!({"access_level": 30}))
        .await
        .is(400, json!({"error": text}));
    let member = json!({"user_id": 2, "access_level": 30});
    assert_eq!(
        root.post("/groups/none/members", member.clone()).await.status,
        429
    );
    lab.control(Method::DELETE, "/limits", json!(null)).await;
    root.post("/groups/none/members", member)
        .await
        .is(404, json!({"message": "404 Group Not Found"}));
}

#[tokio::test]
async fn the_parameters_come_before_what_is_looked_for() {
    let lab = Lab::start().await;
    lab.root()
        .put("/groups/none", json!({"visibility": "secret"}))
        .await
        .is(400, json!({"error": "visibility does not have a valid value"}));
    lab.root()
        .get("/projects/none%2Fnone/members?page=x")
        .await
        .is(400, json!({"error": "page is invalid"}));
}

#[tokio::test]
async fn what_is_not_there_comes_before_what_is_forbidden() {
    let lab = Lab::start().await;
    let open = lab.group(None, "open", "public").await;
    lab.group(None, "hidden", "private").await;
    let change = json!({"name": "Mine"});
    let no_group = json!({"message": "404 Group Not Found"});
    let dev = lab.dev(1);
    dev.put("/groups/none", change.clone())
        .await
        .is(404, no_group.clone());
    dev.put("/groups/hidden", change.clone()).await.is(404, no_group);
    dev.put(&format!("/groups/{open}"), change)
        .await
        .is(403, json!({"message": "403 Forbidden"}));
}

#[tokio::test]
async fn what_is_forbidden_comes_before_what_the_model_refuses() {
    let lab = Lab::start().await;
    let open = lab.group(None, "open", "public").await;
    let forbidden = json!({"message": "403 Forbidden"});
    lab.dev(1)
        .post("/groups", json!({"name": "-", "path": "-", "parent_id": open}))
        .await
        .is(403, forbidden.clone());
    lab.dev(1)
        .put(&format!("/groups/{open}"), json!({"path": "-"}))
        .await
        .is(403, forbidden);
}

#[tokio::test]
async fn an_answer_without_content_has_neither_body_nor_type() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.member(&format!("groups/{acme}"), 1, 30).await;
    let answer = lab
        .root()
        .delete(&format!("/groups/{acme}/members/2"), json!(null))
        .await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    assert_eq!(answer.header("content-type"), None);
    let other = lab.root().get("/version").await;
    assert_eq!(other.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn the_limiter_of_projects_comes_before_the_namespace_is_looked_for() {
    let lab = Lab::with(Options::empty().users(1)).await;
    let limits = json!({"endpoints": {"POST /projects": {"limit": 0, "seconds": 86_400}}});
    lab.control(Method::POST, "/limits", limits).await;
    let refused = lab
        .dev(1)
        .post("/projects", json!({"path": "x", "namespace_id": 999_999}))
        .await;
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (429, Some("86400"))
    );
}

//! Personal access tokens and their scopes (§1.2, §1.3, §1.5).

use std::time::Duration;

use gitlab_sim::Options;
use serde_json::json;

use crate::client::{Actor, Lab};
use crate::clock::HandClock;

/// A new token of `dev-0001` with these scopes.
async fn token_with(lab: &Lab, scopes: &[&str]) -> Actor {
    let body = json!({"name": "made", "scopes": scopes, "expires_at": "2026-03-05"});
    let answer = lab.root().post("/users/2/personal_access_tokens", body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    lab.bearer_of(Some(answer.body["token"].as_str().unwrap().to_owned()))
}

async fn lab() -> (Lab, std::sync::Arc<HandClock>) {
    let clock = HandClock::new();
    (
        Lab::with(Options::empty().users(2).clock(clock.clone())).await,
        clock,
    )
}

#[tokio::test]
async fn a_token_tells_of_itself_whatever_its_scopes_but_not_its_secret() {
    let (lab, _) = lab().await;
    let own = lab.dev(1).get("/personal_access_tokens/self").await;
    assert_eq!(own.status, 200);
    assert_eq!(
        (own.body["user_id"].as_u64(), own.body["active"].as_bool()),
        (Some(2), Some(true))
    );
    assert_eq!(own.body["scopes"], json!(["api"]));
    assert_eq!(own.body.get("token"), None);
    assert!(!own.text.contains("glpat"));
    let narrow = token_with(&lab, &["read_user"]).await;
    assert_eq!(
        narrow.get("/personal_access_tokens/self").await.body["expires_at"],
        "2026-03-05"
    );
}

#[tokio::test]
async fn a_scope_that_is_too_small_is_403_with_the_scopes_that_would_do() {
    let (lab, _) = lab().await;
    let reader = token_with(&lab, &["read_api"]).await;
    assert_eq!(reader.get("/groups").await.status, 200);
    let refusal = |scope: &str| {
        json!({
            "error": "insufficient_scope",
            "error_description":
                "The request requires higher privileges than provided by the access token.",
            "scope": scope,
        })
    };
    reader
        .post("/groups", json!({"name": "X", "path": "xx"}))
        .await
        .is(403, refusal("api"));
    let narrow = token_with(&lab, &["read_user"]).await;
    assert_eq!(narrow.get("/user").await.status, 200);
    narrow.get("/groups").await.is(403, refusal("api read_api"));
}

#[tokio::test]
async fn an_expired_token_is_401_in_the_shape_of_oauth() {
    let (lab, clock) = lab().await;
    let token = token_with(&lab, &["api"]).await;
    assert_eq!(token.get("/user").await.status, 200);
    clock.advance(Duration::from_hours(72));
    let text = "Token is expired. You can either do re-authorization or token refresh.";
    let answer = token.get("/user").await;
    answer.is(401, json!({"error": "invalid_token", "error_description": text}));
    assert!(
        answer
            .header("www-authenticate")
            .unwrap()
            .starts_with("Bearer realm=")
    );
}

#[tokio::test]
async fn a_revoked_token_is_401_in_the_shape_of_oauth() {
    let (lab, _) = lab().await;
    let token = token_with(&lab, &["api"]).await;
    assert_eq!(
        token
            .delete("/personal_access_tokens/self", json!(null))
            .await
            .status,
        204
    );
    let text = "Token was revoked. You have to re-authorize from the user.";
    token
        .get("/user")
        .await
        .is(401, json!({"error": "invalid_token", "error_description": text}));
}

#[tokio::test]
async fn one_sees_ones_own_tokens_and_an_administrator_all() {
    let (lab, _) = lab().await;
    assert_eq!(
        lab.dev(1).get("/personal_access_tokens").await.column("user_id"),
        ["2"]
    );
    assert_eq!(
        lab.root().get("/personal_access_tokens").await.column("user_id"),
        ["1", "2", "3"]
    );
    assert_eq!(
        lab.root()
            .get("/personal_access_tokens?user_id=3")
            .await
            .column("user_id"),
        ["3"]
    );
    lab.dev(1)
        .get("/personal_access_tokens/1")
        .await
        .is(401, json!({"message": "401 Unauthorized"}));
}

#[tokio::test]
async fn unknown_scopes_are_refused() {
    let (lab, _) = lab().await;
    lab.root()
        .post(
            "/users/2/personal_access_tokens",
            json!({"name": "x", "scopes": ["everything"]}),
        )
        .await
        .is(400, json!({"error": "scopes does not have a valid value"}));
}

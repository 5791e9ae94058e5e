//! The limiters of endpoints (§4.1, §4.3).

use std::time::Duration;

use gitlab_sim::Options;
use serde_json::json;

use super::{TOO_MANY, lab, limit};

#[tokio::test]
async fn an_endpoint_limit_answers_json_with_the_whole_window() {
    let (lab, clock) = lab(Options::empty()).await;
    limit(
        &lab,
        json!({"endpoints": {"POST /groups": {"limit": 1, "seconds": 600}}}),
    )
    .await;
    let create = async |path: &str| {
        lab.root()
            .post("/groups", json!({"name": path, "path": path}))
            .await
    };
    // What the API layer refuses is not counted.
    assert_eq!(lab.root().post("/groups", json!({})).await.status, 400);
    assert_eq!(create("one").await.status, 201);
    clock.advance(Duration::from_mins(5));
    let refused = create("two").await;
    let text = "This endpoint has been requested too many times. Try again later.";
    refused.is(429, json!({"message": {"error": text}}));
    assert_eq!(refused.header("retry-after"), Some("600"));
    assert_eq!(refused.header("ratelimit-limit"), None);
    assert_eq!(lab.root().get("/groups").await.status, 200);
    clock.advance(Duration::from_mins(5));
    assert_eq!(create("two").await.status, 201);
}

#[tokio::test]
async fn a_creation_refused_as_duplicate_is_counted() {
    let (lab, _) = lab(Options::empty()).await;
    lab.group(None, "acme", "private").await;
    limit(
        &lab,
        json!({"endpoints": {"POST /groups": {"limit": 1, "seconds": 60}}}),
    )
    .await;
    assert_eq!(
        lab.root()
            .post("/groups", json!({"name": "x", "path": "acme"}))
            .await
            .status,
        400
    );
    assert_eq!(
        lab.root()
            .post("/groups", json!({"name": "y", "path": "yy"}))
            .await
            .status,
        429
    );
}

#[tokio::test]
async fn an_endpoint_limit_says_nothing_until_it_is_over() {
    let (lab, _) = lab(Options::empty()).await;
    limit(
        &lab,
        json!({"endpoints": {"GET /groups": {"limit": 2, "seconds": 60}}}),
    )
    .await;
    let last = lab.root().get("/groups").await;
    let says = last
        .headers
        .keys()
        .any(|name| name.as_str().contains("limit") || name == "retry-after");
    assert!(last.status == 200 && !says, "{last:?}");
}

#[tokio::test]
async fn the_window_of_an_endpoint_begins_with_its_first_call_and_refused_ones_do_not_lengthen_it() {
    let (lab, clock) = lab(Options::empty()).await;
    limit(
        &lab,
        json!({"endpoints": {"GET /groups": {"limit": 1, "seconds": 60}}}),
    )
    .await;
    let status = async || lab.root().get("/groups").await.status;
    clock.advance(Duration::from_secs(50));
    assert_eq!(status().await, 200);
    clock.advance(Duration::from_secs(59));
    assert_eq!(status().await, 429);
    clock.advance(Duration::from_secs(1));
    assert_eq!(status().await, 200);
}

#[tokio::test]
async fn what_the_api_layer_refuses_is_not_counted() {
    let (lab, _) = lab(Options::empty()).await;
    limit(
        &lab,
        json!({"endpoints": {"POST /projects": {"limit": 1, "seconds": 60}}}),
    )
    .await;
    for _ in 0..3 {
        assert_eq!(lab.root().post("/projects", json!({})).await.status, 400);
    }
    assert_eq!(
        lab.root().post("/projects", json!({"path": "x"})).await.status,
        201
    );
    assert_eq!(
        lab.root().post("/projects", json!({"path": "y"})).await.status,
        429
    );
}

#[tokio::test]
async fn strangers_are_limited_by_their_address() {
    let (lab, _) = lab(Options::empty()).await;
    limit(
        &lab,
        json!({"endpoints": {"GET /projects": {"limit": 1, "seconds": 60}}}),
    )
    .await;
    let status = async |from: &str| {
        let stranger = lab.anonymous().from(from.parse().unwrap());
        stranger.get("/projects").await.status
    };
    assert_eq!((status("127.0.0.1").await, status("127.0.0.1").await), (200, 429));
    assert_eq!((status("127.0.0.2").await, status("127.0.0.2").await), (200, 429));
    assert_eq!(lab.root().get("/projects").await.status, 200);
}

#[tokio::test]
async fn a_daily_quota_of_creations_tells_to_wait_a_day() {
    let (lab, clock) = lab(Options::empty()).await;
    let quota = json!({"limit": 2, "seconds": 86_400});
    limit(
        &lab,
        json!({"endpoints": {"POST /projects": quota, "POST /groups": quota}}),
    )
    .await;
    let create = async |path: &str| lab.root().post("/projects", json!({"path": path})).await;
    assert_eq!(
        (create("one").await.status, create("two").await.status),
        (201, 201)
    );
    let refused = create("three").await;
    refused.is(429, json!({"message": {"error": TOO_MANY}}));
    assert_eq!(refused.header("retry-after"), Some("86400"));
    assert_eq!(
        lab.dev(1).post("/projects", json!({"path": "mine"})).await.status,
        201
    );
    assert_eq!(
        lab.root()
            .post("/groups", json!({"name": "Acme", "path": "acme"}))
            .await
            .status,
        201
    );
    clock.advance(Duration::from_hours(24));
    assert_eq!(create("three").await.status, 201);
}

//! Both kinds of limits (§4).

use std::sync::Arc;
use std::time::Duration;

use gitlab_sim::{Options, RateLimit};
use serde_json::json;

use crate::client::Lab;
use crate::clock::HandClock;

/// The clock starts 7.512 s into a minute.
async fn lab(options: Options) -> (Lab, Arc<HandClock>) {
    let clock = HandClock::new();
    (Lab::with(options.users(2).clock(clock.clone())).await, clock)
}

async fn limit(lab: &Lab, limits: serde_json::Value) {
    assert_eq!(
        lab.control(hyper::Method::POST, "/limits", limits).await.status,
        200
    );
}

#[tokio::test]
async fn the_throttle_announces_itself_and_refuses_in_plain_text() {
    let (lab, clock) = lab(Options::empty()).await;
    limit(&lab, json!({"perMinute": 2})).await;
    let first = lab.root().get("/version").await;
    assert_eq!(first.header("ratelimit-limit"), Some("2"));
    assert_eq!(first.header("ratelimit-name"), Some("throttle_authenticated_api"));
    assert_eq!(first.header("ratelimit-observed"), Some("1"));
    assert_eq!(first.header("ratelimit-remaining"), Some("1"));
    assert_eq!(first.header("ratelimit-reset"), Some("1772442900"));
    assert_eq!(
        (first.header("ratelimit-resettime"), first.header("retry-after")),
        (None, None)
    );
    lab.root().get("/version").await;
    let refused = lab.root().get("/version").await;
    assert_eq!((refused.status, refused.text.as_str()), (429, "Retry later\n"));
    assert_eq!(refused.header("content-type"), Some("text/plain"));
    assert_eq!(refused.header("retry-after"), Some("53"));
    assert_eq!(refused.header("ratelimit-observed"), Some("3"));
    assert_eq!(refused.header("ratelimit-remaining"), Some("0"));
    assert_eq!(
        refused.header("ratelimit-resettime"),
        Some("Mon, 02 Mar 2026 09:15:00 GMT")
    );
    // Others have a budget of their own.
    assert_eq!(lab.dev(1).get("/version").await.status, 200);
    clock.advance(Duration::from_secs(53));
    assert_eq!(lab.root().get("/version").await.status, 200);
    assert_eq!(lab.gitlab.stats().rate_limited, 1);
}

#[tokio::test]
async fn the_limit_is_shown_per_minute_whatever_the_period() {
    let (lab, _) = lab(Options::empty().rate_limit(RateLimit {
        requests: 50,
        seconds: 10,
    }))
    .await;
    let answer = lab.root().get("/version").await;
    assert_eq!(answer.header("ratelimit-limit"), Some("300"));
    assert_eq!(answer.header("ratelimit-remaining"), Some("49"));
    assert_eq!(answer.header("ratelimit-reset"), Some("1772442850"));
}

#[tokio::test]
async fn anonymous_requests_share_the_budget_of_their_address() {
    let (lab, _) = lab(Options::empty()).await;
    limit(&lab, json!({"perSecond": 1})).await;
    let first = lab.anonymous().get("/groups").await;
    assert_eq!(
        first.header("ratelimit-name"),
        Some("throttle_unauthenticated_api")
    );
    assert_eq!(lab.anonymous().get("/groups").await.status, 429);
    assert_eq!(lab.root().get("/groups").await.status, 200);
}

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

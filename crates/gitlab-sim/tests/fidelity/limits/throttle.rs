//! The request throttle (§4.1, §4.2, §4.5).

use std::time::Duration;

use gitlab_sim::{LimitPreset, Options, RateLimit};
use hyper::Method;
use serde_json::json;

use super::{lab, limit};
use crate::client::Actor;

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
async fn the_throttle_counts_in_windows_of_the_clock() {
    let (lab, clock) = lab(Options::empty()).await;
    limit(&lab, json!({"perMinute": 1})).await;
    let status = async || lab.root().get("/version").await.status;
    assert_eq!((status().await, status().await), (200, 429));
    // 9:14:59.999, then the next minute.
    clock.advance(Duration::from_millis(52_487));
    assert_eq!(status().await, 429);
    clock.advance(Duration::from_millis(1));
    assert_eq!(status().await, 200);
}

#[tokio::test]
async fn without_a_throttle_nothing_is_announced() {
    let (lab, _) = lab(Options::empty()).await;
    for actor in [lab.root(), lab.anonymous()] {
        let answer = actor.get("/groups").await;
        let announced = answer
            .headers
            .keys()
            .any(|name| name.as_str().starts_with("ratelimit"));
        assert!(answer.status == 200 && !announced, "{answer:?}");
    }
}

#[tokio::test]
async fn the_throttle_is_announced_on_every_answer() {
    let (lab, _) = lab(Options::empty()).await;
    limit(&lab, json!({"perMinute": 9})).await;
    for (path, status, remaining) in [
        ("/version", 200, "8"),
        ("/groups/none", 404, "7"),
        ("/nowhere", 404, "6"),
        ("/groups?page=x", 400, "5"),
    ] {
        let answer = lab.root().get(path).await;
        assert_eq!(
            (answer.status, answer.header("ratelimit-remaining")),
            (status, Some(remaining))
        );
    }
    let answer = lab.root().delete("/groups/none", json!(null)).await;
    assert_eq!(answer.header("ratelimit-remaining"), Some("4"));
    let stranger = lab.anonymous().get("/version").await;
    assert_eq!(
        (stranger.status, stranger.header("ratelimit-remaining")),
        (401, Some("8"))
    );
}

#[tokio::test]
async fn when_to_come_back_is_said_with_a_429_only() {
    let (lab, _) = lab(Options::empty()).await;
    limit(&lab, json!({"perMinute": 1})).await;
    let fine = lab.root().get("/version").await;
    assert_eq!(
        (fine.header("retry-after"), fine.header("ratelimit-resettime")),
        (None, None)
    );
    let refused = lab.root().get("/version").await;
    assert_eq!(refused.header("retry-after"), Some("53"));
    assert_eq!(refused.header("ratelimit-reset"), Some("1772442900"));
    assert_eq!(
        refused.header("ratelimit-resettime"),
        Some("Mon, 02 Mar 2026 09:15:00 GMT")
    );
}

#[tokio::test]
async fn only_the_most_restrictive_throttle_is_shown() {
    let (lab, clock) = lab(Options::empty()).await;
    limit(&lab, json!({"perSecond": 2, "perMinute": 3})).await;
    let shown = async || {
        let answer = lab.root().get("/version").await;
        answer.header("ratelimit-limit").unwrap().to_owned()
    };
    // 2 in a second are 120 in a minute.
    assert_eq!(shown().await, "120");
    clock.advance(Duration::from_secs(1));
    shown().await;
    clock.advance(Duration::from_secs(1));
    assert_eq!(shown().await, "3");
}

#[tokio::test]
async fn graphql_and_rest_share_one_throttle() {
    let (lab, _) = lab(Options::empty()).await;
    limit(&lab, json!({"perMinute": 9})).await;
    lab.root().get("/version").await;
    let body = json!({"query": "{ currentUser { username } }"}).to_string();
    let answer = lab
        .root()
        .send(Method::POST, "/api/graphql", "application/json", body)
        .await
        .unwrap();
    assert_eq!(
        answer.header("ratelimit-name"),
        Some("throttle_authenticated_api")
    );
    assert_eq!(answer.header("ratelimit-observed"), Some("2"));
}

#[tokio::test]
async fn the_throttle_is_named_after_who_asks_and_for_what() {
    let (lab, _) = lab(Options::empty().limits(LimitPreset::GitlabCom)).await;
    let named = async |actor: Actor, method: Method, path: &str| {
        let answer = actor.send(method, path, "", String::new()).await.unwrap();
        let header = |name| answer.header(name).unwrap_or_default().to_owned();
        (header("ratelimit-name"), header("ratelimit-limit"))
    };
    let is = |name: &str, limit: &str| (name.to_owned(), limit.to_owned());
    let (api, file, page) = (
        "/api/v4/version",
        "/api/v4/projects/1/repository/files/a",
        "/acme",
    );
    assert_eq!(
        named(lab.root(), Method::GET, api).await,
        is("throttle_authenticated_api", "2000")
    );
    assert_eq!(
        named(lab.anonymous(), Method::GET, api).await,
        is("throttle_unauthenticated_api", "500")
    );
    assert_eq!(
        named(lab.root(), Method::GET, file).await,
        is("throttle_authenticated_files_api", "500")
    );
    assert_eq!(
        named(lab.root(), Method::GET, page).await,
        is("throttle_authenticated_web", "1000")
    );
    assert_eq!(
        named(lab.anonymous(), Method::POST, "/users/sign_in").await,
        is("throttle_unauthenticated_protected_paths", "10")
    );
}

#[tokio::test]
async fn a_header_of_the_proxy_lets_past_both_kinds_of_limits() {
    let (lab, _) = lab(Options::empty()).await;
    let limits = json!({
        "perMinute": 1, "endpoints": {"GET /groups": {"limit": 1, "seconds": 60}},
        "bypassHeader": "Gitlab-Bypass-Rate-Limiting",
    });
    limit(&lab, limits).await;
    assert_eq!(lab.root().get("/groups").await.status, 200);
    assert_eq!(lab.root().get("/groups").await.status, 429);
    for (value, status) in [("1", 200), ("0", 429), ("1", 200)] {
        let actor = lab.root().with_header("Gitlab-Bypass-Rate-Limiting", value);
        assert_eq!(actor.get("/groups").await.status, status);
    }
    let wrong = lab
        .control(Method::POST, "/limits", json!({"bypassHeader": "a b"}))
        .await;
    assert_eq!(wrong.status, 400);
}

#[tokio::test]
async fn users_on_the_allowlist_are_not_throttled() {
    let (lab, _) = lab(Options::empty()).await;
    limit(&lab, json!({"perMinute": 1, "throttleAllowlist": [1]})).await;
    for _ in 0..3 {
        let answer = lab.root().get("/version").await;
        assert_eq!((answer.status, answer.header("ratelimit-limit")), (200, None));
    }
    assert_eq!(lab.dev(1).get("/version").await.status, 200);
    assert_eq!(lab.dev(1).get("/version").await.status, 429);
}

#[tokio::test]
async fn a_dry_run_of_the_throttle_refuses_nobody() {
    let (lab, _) = lab(Options::empty()).await;
    limit(&lab, json!({"perMinute": 1, "throttleDryRun": true})).await;
    for _ in 0..3 {
        assert_eq!(lab.root().get("/version").await.status, 200);
    }
}

#[tokio::test]
async fn the_usual_numbers_of_the_throttle_are_there_and_off() {
    let (lab, _) = lab(Options::empty().limits(LimitPreset::SelfManaged)).await;
    let settings = lab.root().get("/application/settings").await;
    assert_eq!(settings.header("ratelimit-limit"), None);
    for (name, requests, seconds) in [
        ("throttle_authenticated_api", 7_200, 3_600),
        ("throttle_unauthenticated_api", 3_600, 3_600),
        ("throttle_authenticated_web", 7_200, 3_600),
        ("throttle_unauthenticated", 3_600, 3_600),
        ("throttle_authenticated_files_api", 500, 15),
        ("throttle_authenticated_packages_api", 1_000, 15),
    ] {
        let value = |what: &str| settings.body[format!("{name}_{what}")].clone();
        assert_eq!(
            (
                value("enabled"),
                value("requests_per_period"),
                value("period_in_seconds")
            ),
            (json!(false), json!(requests), json!(seconds)),
            "{name}"
        );
    }
}

#[tokio::test]
async fn files_have_a_throttle_of_their_own_when_it_is_on() {
    let (lab, _) = lab(Options::empty()).await;
    let set = json!({
        "throttle_authenticated_api_enabled": true,
        "throttle_authenticated_files_api_enabled": true,
        "throttle_authenticated_files_api_requests_per_period": 3,
        "throttle_authenticated_files_api_period_in_seconds": 60,
    });
    lab.root().put("/application/settings", set).await;
    let file = lab.root().get("/projects/1/repository/files/a").await;
    assert_eq!(
        file.header("ratelimit-name"),
        Some("throttle_authenticated_files_api")
    );
    assert_eq!(file.header("ratelimit-remaining"), Some("2"));
    let other = lab.root().get("/version").await;
    assert_eq!(other.header("ratelimit-name"), Some("throttle_authenticated_api"));
    assert_eq!(other.header("ratelimit-observed"), Some("1"));
}

//! The request throttle, the limiters of endpoints, and what a busy instance says (§4).

use std::sync::Arc;
use std::time::Duration;

use gitlab_sim::{Fault, LimitPreset, Options, RateLimit};
use hyper::Method;
use serde_json::json;

use crate::client::{Actor, Lab};
use crate::clock::HandClock;

/// The clock starts 7.512 s into a minute.
async fn lab(options: Options) -> (Lab, Arc<HandClock>) {
    let clock = HandClock::new();
    (Lab::with(options.users(2).clock(clock.clone())).await, clock)
}

async fn limit(lab: &Lab, limits: serde_json::Value) {
    assert_eq!(lab.control(Method::POST, "/limits", limits).await.status, 200);
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

const TOO_MANY: &str = "This endpoint has been requested too many times. Try again later.";

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

/// How often a call succeeds before it is refused, and how long one is told to wait then.
async fn allowed(actor: &Actor, method: Method, path: &str) -> (usize, String) {
    for calls in 0..3_000 {
        let answer = actor.json(method.clone(), path, json!(null)).await.unwrap();
        if answer.status == 429 {
            answer.is(429, json!({"message": {"error": TOO_MANY}}));
            return (calls, answer.header("retry-after").unwrap().to_owned());
        }
    }
    panic!("{method} {path} is not limited")
}

/// As on GitLab.com, without the request throttle getting in the way.
async fn gitlab_com() -> Lab {
    let (lab, _) = lab(Options::empty().limits(LimitPreset::GitlabCom)).await;
    limit(&lab, json!({"throttleDryRun": true})).await;
    lab
}

#[tokio::test]
async fn groups_are_listed_200_times_a_minute() {
    let lab = gitlab_com().await;
    let listed = allowed(&lab.root(), Method::GET, "/groups").await;
    assert_eq!(listed, (200, "60".to_owned()));
    assert_eq!(lab.dev(1).get("/groups").await.status, 200);
}

#[tokio::test]
async fn strangers_list_projects_400_times_in_ten_minutes() {
    let lab = gitlab_com().await;
    let listed = allowed(&lab.anonymous(), Method::GET, "/projects").await;
    assert_eq!(listed, (400, "600".to_owned()));
    assert_eq!(lab.root().get("/projects").await.status, 200);
}

#[tokio::test]
async fn a_user_is_shown_300_times_in_ten_minutes() {
    let lab = gitlab_com().await;
    let shown = allowed(&lab.dev(1), Method::GET, "/users/1").await;
    assert_eq!(shown, (300, "600".to_owned()));
}

#[tokio::test]
async fn inherited_members_of_groups_and_projects_are_listed_200_times_a_minute_together() {
    let lab = gitlab_com().await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    lab.root().get(&format!("/projects/{site}/members/all")).await;
    let listed = allowed(&lab.root(), Method::GET, &format!("/groups/{acme}/members/all")).await;
    assert_eq!(listed, (199, "60".to_owned()));
    // The limiter comes before the source is looked for.
    assert_eq!(lab.root().get("/groups/none/members/all").await.status, 429);
}

#[tokio::test]
async fn members_are_removed_60_times_a_minute_from_each_group_and_found_first() {
    let lab = gitlab_com().await;
    let acme = lab.group(None, "acme", "private").await;
    let beta = lab.group(None, "beta", "private").await;
    let member = json!({"username": "dev-0001", "access_level": 30});
    for group in [acme, beta] {
        let members = format!("/groups/{group}/members");
        for time in 1..=61 {
            assert_eq!(lab.root().post(&members, member.clone()).await.status, 201);
            let removed = lab.root().delete(&format!("{members}/2"), json!(null)).await;
            assert_eq!(removed.status, if time > 60 { 429 } else { 204 });
        }
        let absent = lab.root().delete(&format!("{members}/3"), json!(null)).await;
        absent.is(404, json!({"message": "404 Not found"}));
    }
}

#[tokio::test]
async fn existence_of_namespaces_is_asked_20_times_a_minute() {
    let (lab, _) = lab(Options::empty().limits(LimitPreset::SelfManaged)).await;
    let asked = allowed(&lab.root(), Method::GET, "/namespaces/acme/exists").await;
    assert_eq!(asked, (20, "60".to_owned()));
}

/// What is in force, as `limit/seconds`.
async fn in_force(lab: &Lab) -> serde_json::Value {
    let shown = lab.control(Method::GET, "/limits", json!(null)).await.body;
    let limiters = shown["limiters"].as_object().unwrap();
    limiters
        .iter()
        .map(|(key, limit)| {
            (
                key.clone(),
                json!(format!("{}/{}", limit["limit"], limit["seconds"])),
            )
        })
        .collect()
}

#[track_caller]
fn has(limits: &serde_json::Value, expected: &[(&str, &str)]) {
    for (key, limit) in expected {
        assert_eq!(limits[key], *limit, "{key}");
    }
}

#[tokio::test]
async fn gitlab_com_limits_its_api_as_published() {
    let lab = gitlab_com().await;
    has(
        &in_force(&lab).await,
        &[
            ("projects_api_limit", "2000/600"),
            ("projects_api_rate_limit_unauthenticated", "400/600"),
            ("project_api_limit", "400/60"),
            ("groups_api_limit", "200/60"),
            ("group_api_limit", "400/60"),
            ("group_projects_api_limit", "600/60"),
            ("group_archive_unarchive_api_limit", "60/60"),
            ("project_members_api_limit", "200/60"),
            ("members_delete_limit", "60/60"),
            ("users_get_by_id_limit", "300/600"),
            ("user_projects_api_limit", "300/60"),
        ],
    );
}

#[tokio::test]
async fn a_new_instance_has_the_limiters_of_the_api_and_an_upgraded_one_has_not() {
    let (new, _) = lab(Options::empty().limits(LimitPreset::SelfManaged)).await;
    let expected = [
        ("projects_api_limit", "2000/600"),
        ("groups_api_limit", "200/60"),
        ("group_api_limit", "400/60"),
        ("users_get_by_id_limit", "300/600"),
    ];
    has(&in_force(&new).await, &expected);
    let (upgraded, _) = lab(Options::empty()).await;
    assert_eq!(in_force(&upgraded).await, json!({}));
}

#[tokio::test]
async fn a_setting_wins_over_what_a_new_instance_has() {
    let (lab, _) = lab(Options::empty().limits(LimitPreset::SelfManaged)).await;
    let set = lab
        .root()
        .put("/application/settings", json!({"groups_api_limit": 2}))
        .await;
    assert_eq!(set.status, 200, "{set:?}");
    assert_eq!(
        allowed(&lab.root(), Method::GET, "/groups").await,
        (2, "60".to_owned())
    );
}

#[tokio::test]
async fn renaming_a_group_is_never_refused_by_its_limiter() {
    let (lab, _) = lab(Options::empty().limits(LimitPreset::SelfManaged)).await;
    let acme = lab.group(None, "acme", "private").await;
    for time in 0..125 {
        let renamed = lab
            .root()
            .put(
                &format!("/groups/{acme}"),
                json!({"name": format!("Acme {time}")}),
            )
            .await;
        assert_eq!(renamed.status, 200);
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

#[tokio::test]
async fn busy_repositories_are_503_with_a_message_and_a_time() {
    let (lab, _) = lab(Options::empty()).await;
    lab.gitlab
        .fault(Fault::get("/api/v4/version").then("busy:5".parse().unwrap()));
    let answer = lab.root().get("/version").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(answer.body["message"].is_string());
}

#[tokio::test]
async fn a_clash_over_the_same_rows_is_409() {
    let (lab, _) = lab(Options::empty()).await;
    lab.gitlab
        .fault(Fault::post("/api/v4/projects").then("lock".parse().unwrap()));
    lab.root()
        .post("/projects", json!({"path": "x"}))
        .await
        .is(409, json!({"message": "409 Conflict: Resource lock"}));
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_500_or_a_page_of_the_proxy_and_may_have_been_done() {
    let (lab, _) = lab(Options::empty()).await;
    for (status, kind) in [(500, "application/json"), (502, "text/html"), (520, "text/html")] {
        lab.gitlab.clear_faults();
        lab.gitlab
            .fault(Fault::post("/api/v4/projects").then(format!("accept_then:{status}").parse().unwrap()));
        let path = format!("p{status}");
        let answer = lab.root().post("/projects", json!({"path": path})).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, Some(kind))
        );
        assert!(lab.gitlab.project(&format!("root/{path}")).is_some());
    }
}

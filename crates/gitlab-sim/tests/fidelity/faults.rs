//! Things going wrong on request (§11.4).

use std::time::Duration;

use gitlab_sim::{Fault, Options};
use hyper::Method;
use serde_json::json;

use crate::client::{Cut, Lab};
use crate::clock::HandClock;

#[tokio::test]
async fn accept_then_drop_does_the_work_and_says_nothing() {
    let lab = Lab::start().await;
    lab.gitlab
        .fault(Fault::post("/api/v4/groups").nth(2).accept_then_drop());
    let create = async |path: &str| {
        lab.root()
            .json(Method::POST, "/groups", json!({"name": path, "path": path}))
            .await
            .map(|answer| answer.status)
    };
    assert_eq!(create("one").await, Ok(201));
    assert_eq!(create("two").await, Err(Cut));
    assert_eq!(create("three").await, Ok(201));
    assert!(lab.gitlab.group("two").is_some());
    assert_eq!(lab.gitlab.stats().writes.applied, 3);
    assert_eq!(lab.gitlab.journal(0)[1].status, 0);
    assert_eq!(lab.gitlab.stats().requests.by_status.get("0"), Some(&1));
}

#[tokio::test]
async fn accept_then_500_does_the_work_and_denies_it() {
    let lab = Lab::start().await;
    lab.gitlab.fault(Fault::post("/api/v4/groups").accept_then_500());
    let answer = lab
        .root()
        .post("/groups", json!({"name": "one", "path": "one"}))
        .await;
    answer.is(500, json!({"message": "500 Internal Server Error"}));
    assert!(lab.gitlab.group("one").is_some());
}

#[tokio::test]
async fn drop_cuts_the_connection_before_any_work() {
    let lab = Lab::start().await;
    lab.gitlab.fault(Fault::post("/api/v4/groups").drop_connection());
    let answer = lab
        .root()
        .json(Method::POST, "/groups", json!({"name": "one", "path": "one"}))
        .await;
    assert_eq!(answer.unwrap_err(), Cut);
    assert!(lab.gitlab.group("one").is_none());
}

#[tokio::test]
async fn a_status_is_answered_without_any_work_in_gitlabs_shapes() {
    let lab = Lab::start().await;
    let answer = async |status| {
        lab.gitlab.clear_faults();
        lab.gitlab.fault(Fault::post("/api/v4/groups").status(status));
        lab.root()
            .post("/groups", json!({"name": "one", "path": "one"}))
            .await
    };
    answer(409)
        .await
        .is(409, json!({"message": "409 Conflict: Resource lock"}));
    answer(500)
        .await
        .is(500, json!({"message": "500 Internal Server Error"}));
    answer(401).await.is(401, json!({"message": "401 Unauthorized"}));
    let bad_gateway = answer(502).await;
    assert_eq!(
        (bad_gateway.status, bad_gateway.header("content-type")),
        (502, Some("text/html"))
    );
    assert!(bad_gateway.text.contains("<title>502 Bad Gateway</title>"));
    assert!(lab.gitlab.group("one").is_none());
}

#[tokio::test]
async fn hang_answers_never_and_ends_with_the_simulator() {
    let lab = Lab::start().await;
    lab.gitlab.fault(Fault::get("/api/v4/version").hang());
    let root = lab.root();
    let hanging = tokio::spawn(async move { root.json(Method::GET, "/version", json!(null)).await });
    while lab.gitlab.stats().max_in_flight == 0 {
        tokio::task::yield_now().await;
    }
    assert!(!hanging.is_finished());
    lab.gitlab.stop().await;
    assert_eq!(hanging.await.unwrap().unwrap_err(), Cut);
}

#[tokio::test]
async fn delay_waits_and_goes_on() {
    let clock = HandClock::new();
    let lab = Lab::with(Options::empty().clock(clock.clone())).await;
    lab.gitlab
        .fault(Fault::get("/api/v4/version").delay(Duration::from_secs(30)));
    let root = lab.root();
    let waiting = tokio::spawn(async move { root.get("/version").await.status });
    clock.someone_sleeps().await;
    assert!(!waiting.is_finished());
    clock.advance(Duration::from_secs(30));
    assert_eq!(waiting.await.unwrap(), 200);
    assert!((lab.gitlab.journal(0)[0].duration_ms - 30_000.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn throttle_answers_as_the_request_throttle_does() {
    let clock = HandClock::new();
    let lab = Lab::with(Options::empty().clock(clock)).await;
    lab.gitlab
        .fault(Fault::get("/api/v4/version").times(1).throttle(38));
    let answer = lab.root().get("/version").await;
    assert_eq!((answer.status, answer.text.as_str()), (429, "Retry later\n"));
    assert_eq!(answer.header("retry-after"), Some("38"));
    assert_eq!(answer.header("ratelimit-remaining"), Some("0"));
    assert_eq!(
        answer.header("ratelimit-resettime"),
        Some("Mon, 02 Mar 2026 09:14:45 GMT")
    );
    assert_eq!(lab.gitlab.stats().rate_limited, 1);
    assert_eq!(lab.root().get("/version").await.status, 200);
}

#[tokio::test]
async fn truncate_does_the_work_and_sends_half() {
    let lab = Lab::start().await;
    lab.gitlab.fault(Fault::post("/api/v4/groups").truncate());
    let answer = lab
        .root()
        .json(Method::POST, "/groups", json!({"name": "one", "path": "one"}))
        .await;
    assert_eq!(answer.unwrap_err(), Cut);
    assert!(lab.gitlab.group("one").is_some());
}

#[tokio::test]
async fn a_fault_matches_whole_paths_with_stars() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.gitlab
        .fault(Fault::get("/api/v4/groups/*/members").status(503));
    lab.gitlab.fault(Fault::get("/api/v4/projects/**").status(500));
    let root = lab.root();
    assert_eq!(root.get(&format!("/groups/{acme}/members")).await.status, 503);
    assert_eq!(root.get(&format!("/groups/{acme}/members/1")).await.status, 200);
    assert_eq!(root.get("/projects").await.status, 500);
    assert_eq!(root.get("/projects/acme%2Fx/members/all").await.status, 500);
    assert_eq!(root.get("/groups").await.status, 200);
}

#[tokio::test]
async fn accept_then_a_status_does_the_work_and_denies_it_as_a_proxy_does() {
    let lab = Lab::start().await;
    lab.gitlab
        .fault(Fault::post("/api/v4/groups").then("accept_then:504".parse().unwrap()));
    let answer = lab
        .root()
        .post("/groups", json!({"name": "one", "path": "one"}))
        .await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (504, Some("text/html"))
    );
    assert!(lab.gitlab.group("one").is_some());
}

#[tokio::test]
async fn a_chunked_answer_that_stops_announces_no_length() {
    let lab = Lab::start().await;
    strike(&lab, "/api/v4/version", "truncate_chunked");
    let answer = lab.root().json(Method::GET, "/version", json!(null)).await;
    assert_eq!(answer.unwrap_err(), Cut);
    lab.gitlab.clear_faults();
    assert_eq!(lab.root().get("/version").await.status, 200);
}

/// This goes wrong with every request there.
fn strike(lab: &Lab, path: &str, action: &str) {
    let action = action.parse().unwrap();
    lab.gitlab.fault(Fault::get(path).then(action));
    lab.gitlab.fault(Fault::post(path).then(action));
}

#[tokio::test]
async fn refusals_of_a_busy_instance_do_no_work() {
    let lab = Lab::start().await;
    let create = async |action| {
        lab.gitlab.clear_faults();
        strike(&lab, "/api/v4/groups", action);
        lab.root()
            .post("/groups", json!({"name": "one", "path": "one"}))
            .await
    };
    create("lock")
        .await
        .is(409, json!({"message": "409 Conflict: Resource lock"}));
    let limited = create("limit:86400").await;
    let text = "This endpoint has been requested too many times. Try again later.";
    limited.is(429, json!({"message": {"error": text}}));
    assert_eq!(limited.header("retry-after"), Some("86400"));
    let silent = create("throttle_silently").await;
    assert_eq!((silent.status, silent.text.as_str()), (429, "Retry later\n"));
    assert_eq!(
        (silent.header("retry-after"), silent.header("ratelimit-reset")),
        (None, None)
    );
    let busy = create("busy:30").await;
    assert_eq!((busy.status, busy.header("retry-after")), (503, Some("30")));
    assert!(busy.body["message"].is_string());
    assert!(lab.gitlab.group("one").is_none());
}

#[tokio::test]
async fn a_token_can_go_bad_in_the_middle_of_a_run() {
    let lab = Lab::start().await;
    for (action, status, error) in [
        ("token_revoked", 401, "invalid_token"),
        ("token_expired", 401, "invalid_token"),
        ("scope_too_small", 403, "insufficient_scope"),
    ] {
        lab.gitlab.clear_faults();
        strike(&lab, "/api/v4/version", action);
        let answer = lab.root().get("/version").await;
        assert_eq!(
            (answer.status, answer.body["error"].as_str()),
            (status, Some(error))
        );
    }
}

#[tokio::test]
async fn a_stale_replica_does_not_know_what_is_younger() {
    let clock = HandClock::new();
    let lab = Lab::with(Options::empty().clock(clock.clone())).await;
    let old = lab.group(None, "old", "private").await;
    clock.advance(Duration::from_secs(5));
    let new = lab.group(None, "new", "private").await;
    let site = lab.project(old, "site", "private").await;
    for path in ["/api/v4/groups/**", "/api/v4/projects/**"] {
        strike(&lab, path, "stale:2000");
    }
    let root = lab.root();
    let no_group = json!({"message": "404 Group Not Found"});
    root.get(&format!("/groups/{new}"))
        .await
        .is(404, no_group.clone());
    root.get("/groups/new").await.is(404, no_group.clone());
    root.get(&format!("/groups/{new}/members"))
        .await
        .is(404, no_group);
    root.get("/projects/old%2Fsite")
        .await
        .is(404, json!({"message": "404 Project Not Found"}));
    let groups = root.get("/groups").await;
    assert_eq!(groups.column("path"), ["old"]);
    assert_eq!(groups.header("x-total"), Some("1"));
    assert_eq!(root.get(&format!("/groups/{old}")).await.status, 200);
    // Writes go to the primary.
    let members = format!("/groups/{new}/members");
    let answer = root
        .post(&members, json!({"user_id": 1, "access_level": 30}))
        .await;
    assert_eq!(answer.status, 409);
    clock.advance(Duration::from_secs(2));
    assert_eq!(root.get(&format!("/projects/{site}")).await.status, 200);
    assert_eq!(root.get("/groups").await.column("path"), ["new", "old"]);
}

#[tokio::test]
async fn a_list_can_change_between_its_pages() {
    let lab = Lab::start().await;
    for path in ["a", "b", "c", "d", "e"] {
        lab.group(None, &format!("{path}{path}"), "private").await;
    }
    let walk = async |action: &str| {
        lab.gitlab.clear_faults();
        strike(&lab, "/api/v4/groups", action);
        let one = lab.root().get("/groups?per_page=2").await;
        let two = lab.root().get("/groups?per_page=2&page=2").await;
        let total = two.header("x-total").unwrap().to_owned();
        ([one.column("path"), two.column("path")].concat(), total)
    };
    let paths = |paths: [&str; 4]| paths.map(str::to_owned).to_vec();
    assert_eq!(
        walk("skip_row").await,
        (paths(["aa", "bb", "dd", "ee"]), "4".to_owned())
    );
    assert_eq!(
        walk("repeat_row").await,
        (paths(["aa", "bb", "bb", "cc"]), "6".to_owned())
    );
}

#[tokio::test]
async fn a_list_can_be_left_uncounted() {
    let lab = Lab::start().await;
    lab.group(None, "one", "private").await;
    lab.group(None, "two", "private").await;
    strike(&lab, "/api/v4/groups", "no_total");
    let page = lab.root().get("/groups?per_page=1").await;
    assert_eq!(page.column("path"), ["one"]);
    assert_eq!(
        (page.header("x-total"), page.header("x-total-pages")),
        (None, None)
    );
    assert_eq!(page.header("x-next-page"), Some("2"));
    let links = gitlab_api::page::Links::parse(page.header("link").unwrap());
    assert!(links.last.is_none() && links.next.is_some() && links.first.is_some());
}

#[tokio::test]
async fn texts_of_models_can_come_in_another_language_or_from_another_ruby() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "private").await;
    let refused = async |action: &str| {
        lab.gitlab.clear_faults();
        strike(&lab, "/api/v4/groups", action);
        let answer = lab
            .root()
            .post("/groups", json!({"name": "Acme", "path": "acme"}))
            .await;
        (answer.status, answer.body)
    };
    assert_eq!(
        refused("localised").await,
        (
            400,
            json!({"message": "Failed to save group {:path=>[\"已经被使用\"]}"})
        )
    );
    assert_eq!(
        refused("ruby34").await,
        (
            400,
            json!({"message": "Failed to save group {path: [\"has already been taken\"]}"})
        )
    );
    // The API layer itself speaks English.
    strike(&lab, "/api/v4/groups", "localised");
    lab.root()
        .post("/groups", json!({"path": "acme"}))
        .await
        .is(400, json!({"error": "name is missing"}));
}

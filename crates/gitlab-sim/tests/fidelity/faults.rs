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

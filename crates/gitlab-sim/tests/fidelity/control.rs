//! The control calls themselves.

use std::net::SocketAddr;
use std::time::Duration;

use gitlab_sim::{Fault, Options};
use hyper::Method;
use serde_json::{Value, json};

use crate::client::Lab;
use crate::clock::HandClock;

#[tokio::test]
async fn wrong_input_is_400_and_says_what_is_allowed() {
    let lab = Lab::start().await;
    for (path, body, expected) in [
        ("/faults", json!([{"action": "explode"}]), "accept_then_drop"),
        ("/faults", json!([{"action": "drop", "nth": 0}]), "from 1"),
        ("/faults", json!([{"action": "drop", "when": 3}]), "probability?"),
        ("/limits", json!({"perHour": 3}), "perMinute"),
        (
            "/limits",
            json!({"endpoints": {"POST /nothing": {"limit": 1, "seconds": 1}}}),
            "POST /projects",
        ),
        ("/clock", json!({"forwardMs": -1}), "whole number"),
        ("/images", json!({"project": "nobody/nothing"}), "no project"),
        ("/images", json!({"image": "nginx"}), "name?"),
        ("/reset", json!({"groups": -1}), "whole numbers"),
        ("/reset", json!({"members": 1}), "users?"),
    ] {
        let answer = lab.control(Method::POST, path, body).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        let text = answer.body["error"].as_str().unwrap();
        assert!(text.contains(expected), "{text}");
    }
    let answer = lab.control(Method::GET, "/journal?since=x", Value::Null).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        lab.control(Method::GET, "/nothing", Value::Null).await.status,
        404
    );
}

#[tokio::test]
async fn faults_are_given_shown_and_cleared() {
    let lab = Lab::start().await;
    let fault = json!({"match": {"method": "GET", "path": "/api/v4/version"}, "action": "status:503"});
    let answer = lab.control(Method::POST, "/faults", json!([fault])).await;
    assert_eq!(answer.status, 200);
    assert_eq!(lab.root().get("/version").await.status, 503);
    let shown = lab.control(Method::GET, "/faults", Value::Null).await.body;
    assert_eq!(shown["faults"][0]["fired"], 1);
    assert_eq!(
        lab.control(Method::DELETE, "/faults", Value::Null).await.status,
        204
    );
    assert_eq!(lab.root().get("/version").await.status, 200);
}

#[tokio::test]
async fn a_reset_gives_a_fresh_estate_and_forgets_everything() {
    let lab = Lab::with(Options::empty().groups(4).projects(9).users(3)).await;
    let before = lab.gitlab.estate();
    lab.group(None, "acme", "private").await;
    lab.gitlab.fault(Fault::any().drop_connection());
    lab.control(Method::POST, "/limits", json!({"perSecond": 1}))
        .await;
    assert_eq!(lab.control(Method::POST, "/reset", json!({})).await.status, 200);
    assert_eq!(lab.gitlab.estate(), before);
    assert_eq!(lab.root().get("/version").await.header("ratelimit-limit"), None);
    let journal = lab.gitlab.journal(0);
    assert_eq!((journal.len(), journal[0].seq), (1, 1));
    assert_eq!(lab.gitlab.stats().requests.total, 1);

    let body = json!({"seed": 7, "groups": 2, "projects": 3, "users": 12});
    lab.control(Method::POST, "/reset", body.clone())
        .await
        .is(200, body);
    let entities = lab.gitlab.stats().entities;
    assert_eq!((entities.groups, entities.projects, entities.users), (2, 3, 13));
}

#[tokio::test]
async fn time_goes_forward_when_told_and_back_with_a_reset() {
    let lab = Lab::start().await;
    let now = async || {
        let clock = lab.control(Method::GET, "/clock", Value::Null).await;
        clock.body["now"].as_str().unwrap()[..4].parse::<u32>().unwrap()
    };
    let year = now().await;
    let two_years = json!({"forwardMs": 2 * 366 * 86_400_000_u64});
    let answer = lab.control(Method::POST, "/clock", two_years).await;
    assert_eq!(answer.status, 200);
    assert!(now().await >= year + 2);
    lab.group(None, "acme", "private").await;
    let group = lab.root().get("/groups/acme").await.body;
    assert_eq!(
        group["created_at"].as_str().unwrap()[..4],
        now().await.to_string()
    );

    lab.control(Method::POST, "/limits", json!({"perMinute": 1}))
        .await;
    assert_eq!(lab.root().get("/version").await.status, 200);
    assert_eq!(lab.root().get("/version").await.status, 429);
    lab.control(Method::POST, "/clock", json!({"forwardMs": 60_000}))
        .await;
    assert_eq!(lab.root().get("/version").await.status, 200);

    lab.control(Method::POST, "/reset", json!({})).await;
    assert!(now().await <= year + 1);
}

#[tokio::test]
async fn one_seed_and_the_same_requests_give_the_same_ids() {
    let ids = async || {
        let lab = Lab::with(Options::empty().seed(5).groups(6).projects(20).users(4)).await;
        let acme = lab.group(None, "acme", "private").await;
        let site = lab.project(acme, "site", "private").await;
        (
            acme,
            site,
            lab.root()
                .get("/projects?per_page=100&simple=true")
                .await
                .column("path_with_namespace"),
        )
    };
    assert_eq!(ids().await, ids().await);
}

#[tokio::test]
async fn statistics_tell_routes_statuses_and_what_changed() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.member(&format!("groups/{acme}"), 1, 30).await;
    lab.root().get("/groups/none").await;
    let stats = lab.control(Method::GET, "/stats", Value::Null).await.body;
    assert_eq!(
        stats["requests"],
        json!({
            "total": 3,
            "byStatus": {"201": 2, "404": 1},
            "byRoute": {"POST /groups": 1, "POST /groups/:id/members": 1, "GET /groups/:id": 1},
        })
    );
    assert_eq!(stats["writes"], json!({"applied": 2, "rejectedAsDuplicate": 0}));
    assert_eq!(stats["maxInFlight"], 1);
    assert_eq!(stats["rateLimited"], 0);
    assert_eq!(stats["unimplemented"], json!({}));
    assert_eq!(
        stats["entities"],
        json!({"groups": 1, "projects": 0, "users": 10, "members": 2, "tokens": 10})
    );
}

#[tokio::test]
async fn the_journal_has_every_request_but_never_a_token_or_a_control_call() {
    let lab = Lab::start().await;
    lab.root().get("/version?private_token=glpat-sim-root").await;
    lab.control(Method::GET, "/stats", Value::Null).await;
    lab.anonymous().get("/version").await;
    let journal = lab.control(Method::GET, "/journal", Value::Null).await;
    assert!(!journal.text.contains("glpat"));
    let entries = journal.body["entries"].as_array().unwrap().clone();
    let short: Vec<Value> = entries
        .iter()
        .map(|entry| json!([entry["seq"], entry["method"], entry["path"], entry["status"]]))
        .collect();
    assert_eq!(
        json!(short),
        json!([
            [1, "GET", "/api/v4/version", 200],
            [2, "GET", "/api/v4/version", 401]
        ])
    );
    assert!(entries[0]["at"].as_str().unwrap().ends_with('Z') && entries[0]["durationMs"].is_number());
    let rest = lab
        .control(Method::GET, "/journal?since=1", Value::Null)
        .await
        .body;
    assert_eq!(rest["entries"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn control_calls_are_not_limited_and_not_faulted() {
    let lab = Lab::start().await;
    lab.gitlab.fault(Fault::any().drop_connection());
    lab.control(Method::POST, "/limits", json!({"perMinute": 1}))
        .await;
    for _ in 0..3 {
        assert_eq!(
            lab.control(Method::GET, "/limits", Value::Null).await.body["perMinute"],
            1
        );
    }
    assert_eq!(lab.gitlab.stats().requests.total, 0);
}

#[tokio::test]
async fn every_endpoint_can_be_limited() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let site = lab.project(acme, "site", "public").await;
    lab.member(&format!("groups/{acme}"), 1, 30).await;
    lab.member(&format!("projects/{site}"), 1, 30).await;
    let answer = lab
        .control(
            Method::POST,
            "/limits",
            json!({"endpoints": {"GET /nowhere": {"limit": 1, "seconds": 1}}}),
        )
        .await;
    let text = answer.body["error"].as_str().unwrap().to_owned();
    let names = text.split_once("there are: ").unwrap().1.to_owned();
    let verbs = ["GET", "POST", "PUT", "DELETE"];
    let mut all: Vec<String> = names.split(", ").map(str::to_owned).collect();
    for verb in &verbs[1..] {
        let limits = json!({"endpoints": {format!("{verb} /nowhere"): {"limit": 1, "seconds": 1}}});
        let answer = lab.control(Method::POST, "/limits", limits).await;
        let text = answer.body["error"].as_str().unwrap().to_owned();
        all.extend(
            text.split_once("there are: ")
                .unwrap()
                .1
                .split(", ")
                .map(str::to_owned),
        );
    }
    assert!(all.len() > 40, "{all:?}");
    // GraphQL and the pages of the site are not endpoints of the API.
    all.retain(|name| !name.contains(" /api/") && !name.contains(" /oauth/"));
    let mut limited = 0;
    for name in &all {
        let limits = json!({"endpoints": {name.clone(): {"limit": 0, "seconds": 60}}});
        assert_eq!(
            lab.control(Method::POST, "/limits", limits).await.status,
            200,
            "{name}"
        );
        let (verb, pattern) = name.split_once(' ').unwrap();
        if pattern.starts_with("/uploads") {
            // Not of the API.
            continue;
        }
        let path = match pattern.split('/').nth(1) {
            Some("groups") => pattern.replace(":id", &acme.to_string()),
            Some("projects") => pattern.replace(":id", &site.to_string()),
            _ => pattern.replace(":id", "2"),
        };
        let path = path.replace(":user_id", "2").replace(":group_id", "2");
        let body = json!({"name": "n", "path": "p", "email": "e@x", "username": "dev-0001", "password": "12345678",
            "scopes": ["api"], "access_level": 30, "description": "d",
            "signup_enabled": true, "key": "K", "value": "v", "color": "#112233", "url": "http://hook.example",
            "group_id": acme, "group_access": 30, "link_url": "http://a.example", "image_url": "http://a.example",
            "title": "t", "source_topic_id": 1, "target_topic_id": 2, "enabled": true, "namespace": "2",
            "target_project_id": 1, "target_group_id": 1});
        let path = if path.ends_with("/render") {
            format!("{path}?link_url=http://a.example&image_url=http://a.example")
        } else {
            path
        };
        let body = if verb == "GET" { Value::Null } else { body };
        let answer = lab.root().json(verb.parse().unwrap(), &path, body).await.unwrap();
        // Some look for a parameter or a thing first that is not there; none may do its work.
        assert!(answer.status >= 400, "{name}: {answer:?}");
        limited += usize::from(answer.status == 429);
    }
    assert!(limited * 2 > all.len(), "{limited} of {}", all.len());
}

#[tokio::test]
async fn a_page_of_another_site_steers_nothing() {
    let lab = Lab::start().await;
    let reset = async |origin: &str| {
        let actor = lab.anonymous().with_header("Origin", origin);
        actor
            .send(Method::POST, "/_sim/reset", "text/plain", "{}".to_owned())
            .await
            .unwrap()
            .status
    };
    assert_eq!(reset("https://evil.example").await, 403);
    assert_eq!(reset("null").await, 403);
    assert_eq!(reset("http://gitlab.example.com").await, 200);
}

#[tokio::test]
async fn from_elsewhere_the_control_token_is_needed() {
    let Some(address) = own_address() else { return };
    let options = Options::empty()
        .listen(SocketAddr::new(address, 0))
        .control_token("let-me-in");
    let lab = Lab::with(options).await;
    let stats = |actor: crate::client::Actor| async move {
        actor
            .send(Method::GET, "/_sim/stats", "", String::new())
            .await
            .unwrap()
            .status
    };
    assert_eq!(stats(lab.anonymous()).await, 403);
    assert_eq!(stats(lab.root()).await, 403);
    assert_eq!(
        stats(lab.anonymous().with_header("Authorization", "Bearer wrong")).await,
        403
    );
    assert_eq!(
        stats(lab.anonymous().with_header("Authorization", "Bearer let-me-in")).await,
        200
    );
}

/// An address of this machine that is not loopback, if it has one. Nothing is sent.
fn own_address() -> Option<std::net::IpAddr> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|address| !address.is_loopback() && !address.is_unspecified())
}

#[tokio::test]
async fn latency_is_spent_before_the_answer() {
    let clock = HandClock::new();
    let options = Options::empty().latency(Duration::from_millis(50));
    let lab = Lab::with(options.clock(clock.clone())).await;
    let root = lab.root();
    let waiting = tokio::spawn(async move { root.get("/version").await.status });
    for _ in 0..2 {
        clock.someone_sleeps().await;
        assert!(!waiting.is_finished());
        clock.advance(Duration::from_millis(25));
    }
    assert_eq!(waiting.await.unwrap(), 200);
}

#[tokio::test]
async fn a_rust_test_asks_which_requests_came_and_whether_all_of_them_exist() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.project(acme, "site", "private").await;
    lab.root().get(&format!("/groups/{acme}/members")).await;
    assert_eq!(lab.gitlab.asked(&Fault::post("/api/v4/**")).len(), 2);
    let members = lab.gitlab.asked(&Fault::get("/api/v4/groups/*/members"));
    assert_eq!(
        members.iter().map(|entry| entry.status).collect::<Vec<_>>(),
        [200]
    );
    lab.gitlab.assert_nothing_created_twice();
    lab.gitlab.assert_nothing_unimplemented();

    lab.root().get("/groups/1/epics").await;
    let said = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        lab.gitlab.assert_nothing_unimplemented();
    }));
    let text = said.unwrap_err().downcast::<String>().unwrap();
    assert_eq!(
        *text,
        r#"the simulator does not have what was asked for: {"GET /groups/:id/epics": 1}"#
    );
}

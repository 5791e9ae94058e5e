//! What a request passes on its way in, in which order, and what its answer has on the way out.

use std::time::Duration;

use gitlab_sim::Fault;
use reqwest::{Method, StatusCode};
use serde_json::json;
use server::InboundLimit;

use crate::log;
use crate::world::{Answer, Person, World};

/// A page that may talk to the server, though it is another's.
pub(crate) const LISTED: &str = "https://console.example.com";
const FOREIGN: (&str, &str) = ("origin", "https://evil.example");
const JSON: (&str, &str) = ("content-type", "application/json");

fn limit(requests: u32) -> InboundLimit {
    InboundLimit {
        window: Duration::from_mins(15),
        requests,
    }
}

pub(crate) fn assert_guarded(answer: &Answer, what: &str) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("server", ""),
    ] {
        assert_eq!(answer.header(name), value, "{what}: {name}");
    }
    let policy = answer.header("content-security-policy");
    assert!(
        policy.contains("script-src") && !policy.contains("unsafe"),
        "{what}: {policy}"
    );
    assert!(
        policy
            .split(';')
            .any(|part| part.trim() == "frame-ancestors 'none'"),
        "{what}: {policy}"
    );
    assert_eq!(answer.header("x-request-id").len(), 36, "{what}");
}

#[tokio::test]
async fn every_kind_of_answer_is_guarded_has_a_name_and_can_be_read_by_a_listed_page() {
    let world = World::with(|settings| {
        settings.max_request_size = 1_000;
        settings.allowed_origins = vec![LISTED.into()];
        settings.metrics_token = Some("of prometheus".to_owned().into());
        settings.logins = limit(1);
    })
    .await;
    let root = world.root().await;
    let stranger = world.stranger();
    world.sim.fault(Fault::get("/api/v4/version").drop_connection());
    let large = " ".repeat(1_001);
    let asking = ("access-control-request-method", "POST");
    let asked: [(u16, &Person, Method, &str, &[_], &str); 19] = [
        (200, &root, Method::GET, "/api/jobs", &[], ""),
        (200, &root, Method::HEAD, "/api/jobs", &[], ""),
        (200, &stranger, Method::OPTIONS, "/api/jobs", &[asking], ""),
        (200, &stranger, Method::GET, "/health", &[], ""),
        (200, &root, Method::GET, "/api/gitlab/groups", &[], ""),
        (200, &stranger, Method::GET, "/api/reference", &[], ""),
        (200, &stranger, Method::GET, "/api/reference/style.css", &[], ""),
        (200, &stranger, Method::GET, "/api/openapi.json", &[], ""),
        (
            200,
            &stranger,
            Method::GET,
            "/socket.io/?EIO=4&transport=polling",
            &[],
            "",
        ),
        (
            400,
            &stranger,
            Method::GET,
            "/socket.io/?EIO=4&transport=polling&sid=none",
            &[],
            "",
        ),
        (400, &root, Method::GET, "/api/jobs?limit=0", &[], ""),
        (401, &stranger, Method::GET, "/api/jobs", &[], ""),
        (401, &stranger, Method::GET, "/metrics", &[], ""),
        (404, &root, Method::GET, "/nothing", &[], ""),
        (405, &root, Method::PUT, "/api/jobs", &[], ""),
        (413, &root, Method::POST, "/api/jobs", &[JSON], &large),
        (
            415,
            &root,
            Method::POST,
            "/api/jobs",
            &[("content-type", "text/plain")],
            "x",
        ),
        (429, &stranger, Method::POST, "/api/auth/login", &[], ""),
        (502, &root, Method::GET, "/api/gitlab/version", &[], ""),
    ];
    for (status, person, method, path, headers, body) in asked {
        let mut headers = headers.to_vec();
        headers.push(("origin", LISTED));
        let answer = person.send(method.clone(), path, &headers, body).await;
        let what = format!("{method} {path}");
        assert_eq!(answer.status, status, "{what}: {}", answer.text);
        assert_guarded(&answer, &what);
        assert_eq!(answer.header("access-control-allow-origin"), LISTED, "{what}");
        assert_eq!(
            answer.header("access-control-allow-credentials"),
            "true",
            "{what}"
        );
    }
    let foreign = root.send(Method::POST, "/api/jobs", &[FOREIGN], "").await;
    assert_eq!(foreign.status, 403);
    assert_guarded(&foreign, "403");
    assert_eq!(foreign.header("access-control-allow-origin"), "");
    let ended = root.post("/api/auth/logout", json!({})).await;
    assert_eq!(ended.status, 204);
    assert_guarded(&ended, "204");
}

#[tokio::test]
async fn a_page_of_a_listed_origin_may_read_pages_and_limits() {
    let world = World::with(|settings| settings.allowed_origins = vec![LISTED.into()]).await;
    let answer = world
        .root()
        .await
        .send(Method::GET, "/api/jobs", &[("origin", LISTED)], "")
        .await;
    let mut exposed: Vec<&str> = answer
        .header("access-control-expose-headers")
        .split(',')
        .collect();
    exposed.sort_unstable();
    assert_eq!(
        exposed,
        [
            "etag",
            "link",
            "ratelimit-limit",
            "ratelimit-name",
            "ratelimit-observed",
            "ratelimit-remaining",
            "ratelimit-reset",
            "retry-after",
            "x-cache",
            "x-next-page",
            "x-page",
            "x-per-page",
            "x-prev-page",
            "x-request-id",
            "x-total",
            "x-total-pages",
        ]
    );
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_anybody_counts_and_counting_comes_before_names() {
    let world = World::with(|settings| {
        settings.max_request_size = 1_000;
        settings.inbound = limit(1);
    })
    .await;
    let stranger = world.stranger();
    let large = " ".repeat(1_001);
    for _ in 0..3 {
        let answer = stranger.send(Method::POST, "/api/jobs", &[JSON], &large).await;
        assert_eq!(
            answer.error(),
            "413 PAYLOAD_TOO_LARGE at most 1000 bytes are accepted"
        );
    }
    let answer = stranger.get("/api/jobs").await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("ratelimit-remaining")),
        (401, "0")
    );
    let answer = stranger.get("/api/jobs").await;
    assert_eq!(answer.error(), "429 RATE_LIMIT_EXCEEDED Too many requests");
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=900).contains(&wait), "{wait}");
}

#[tokio::test]
async fn a_users_limit_comes_before_the_origin_and_the_origin_before_the_session() {
    let world = World::with(|settings| settings.inbound = limit(1)).await;
    let root = world.root().await;
    let foreign = async |person: &Person| {
        let answer = person
            .send(Method::POST, "/api/jobs", &[FOREIGN, JSON], "{")
            .await;
        answer.error()
    };
    assert_eq!(
        foreign(&world.stranger()).await,
        "403 FORBIDDEN Insufficient permissions"
    );
    assert_eq!(foreign(&root).await, "403 FORBIDDEN Insufficient permissions");
    assert_eq!(foreign(&root).await, "429 RATE_LIMIT_EXCEEDED Too many requests");
}

/// Every address to which a body is posted by people who have signed in, and that makes jobs or lets them go on.
const WORK: [&str; 11] = [
    "/api/jobs",
    "/api/jobs/import",
    "/api/jobs/0198c0de-0000-7000-8000-000000000000/start",
    "/api/jobs/0198c0de-0000-7000-8000-000000000000/resume",
    "/api/jobs/0198c0de-0000-7000-8000-000000000000/retry",
    "/api/jobs/0198c0de-0000-7000-8000-000000000000/undo",
    "/api/jobs/0198c0de-0000-7000-8000-000000000000/items/0/resolve",
    "/api/gitlab/bulk/groups",
    "/api/gitlab/bulk/projects",
    "/api/gitlab/bulk/members",
    "/api/gitlab/bulk/import",
];

#[tokio::test]
async fn whoever_may_not_hears_that_before_what_is_wrong_with_the_body() {
    let world = World::new().await;
    let root = world.root().await;
    let wish = json!({ "name": "reader", "scopes": ["read_api"] });
    let token = root
        .post("/api/gitlab/users/1/personal_access_tokens", wish)
        .await
        .json();
    let mut reader = world.stranger();
    reader
        .log_in(world.sim.url(), token["token"].as_str().unwrap())
        .await;
    let program = root.program(&["read", "gateway"]).await;
    for path in WORK {
        for (person, said) in [
            (&world.stranger(), "401 UNAUTHORIZED Authentication required"),
            (&program, "403 FORBIDDEN Insufficient permissions"),
            (&reader, "403 FORBIDDEN Insufficient permissions"),
        ] {
            let answer = person.send(Method::POST, path, &[JSON], "{").await;
            assert_eq!(answer.error(), said, "{path}");
        }
        let answer = root.send(Method::POST, path, &[JSON], "{").await;
        assert!(
            [400, 404, 415].contains(&answer.status.as_u16()),
            "{path}: {}",
            answer.text
        );
    }
}

#[tokio::test]
async fn every_error_is_one_line_of_the_log_with_who_asked_for_what_from_where_and_why() {
    log::listen();
    let world = World::new().await;
    let root = world.root().await;
    world.sim.fault(Fault::get("/api/v4/version").drop_connection());
    let user = format!("user=\"1@{}\"", world.sim.url());
    let stranger = world.stranger();
    for (person, method, path, code, more) in [
        (&stranger, Method::GET, "/api/jobs", "UNAUTHORIZED", "status=401"),
        (&root, Method::GET, "/api/nothing", "NOT_FOUND", user.as_str()),
        (&root, Method::PUT, "/api/jobs", "METHOD_NOT_ALLOWED", &user),
        (&root, Method::POST, "/api/jobs", "VALIDATION_ERROR", &user),
        (
            &root,
            Method::GET,
            "/api/gitlab/version",
            "GITLAB_UNREACHABLE",
            &user,
        ),
    ] {
        let answer = person.send(method.clone(), path, &[], "").await;
        assert!(answer.status.is_client_error() || answer.status.is_server_error());
        let id = answer.header("x-request-id");
        let log = log::so_far();
        let lines: Vec<&str> = log
            .lines()
            .filter(|line| line.contains(id))
            .filter(|line| {
                ["ERROR", " WARN", " INFO"]
                    .iter()
                    .any(|level| line.contains(level))
            })
            .collect();
        let [line] = lines[..] else {
            panic!("{path}: {lines:#?}")
        };
        for told in [
            format!("{code}: "),
            format!("request=\"{id}\""),
            format!("method={method}"),
            format!("path=\"{path}\""),
            "address=127.0.0.1".to_owned(),
            format!("status={}", answer.status.as_u16()),
            more.to_owned(),
        ] {
            assert!(line.contains(&told), "{told} is not in {line}");
        }
        let is_told_why = !line.contains("cause=\"\"");
        assert_eq!(is_told_why, answer.status == StatusCode::BAD_GATEWAY, "{line}");
    }
}

#[tokio::test]
async fn answers_are_packed_as_the_client_asks() {
    let world = World::new().await;
    let mut root = world.root().await;
    // One that shows what came over the wire.
    root.http = reqwest::Client::builder()
        .no_proxy()
        .no_gzip()
        .no_brotli()
        .build()
        .unwrap();
    for coding in ["gzip", "br", "zstd"] {
        let request = root
            .request(Method::GET, "/api/operations")
            .header("accept-encoding", coding);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers()["content-encoding"], coding);
        let packed = answer.bytes().await.unwrap();
        assert!(
            serde_json::from_slice::<serde_json::Value>(&packed).is_err(),
            "{coding}"
        );
    }
    let plain = root.get("/api/operations").await;
    assert_eq!(plain.header("content-encoding"), "");
    assert!(plain.json()["operations"].is_array());
}

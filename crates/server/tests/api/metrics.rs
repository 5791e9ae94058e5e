//! What Prometheus reads.

use reqwest::Method;

use crate::passage::{LISTED, assert_guarded};
use crate::world::{Person, World};

const TOKEN: &str = "a-token-of-prometheus";

/// The value of a row that begins so; 0 when there is none.
fn value(page: &str, row: &str) -> u64 {
    page.lines()
        .find_map(|line| line.strip_prefix(row))
        .map_or(0, |rest| rest.trim().parse().unwrap())
}

#[tokio::test]
async fn whoever_has_the_token_reads_what_was_counted() {
    let world = World::with(|settings| settings.metrics_token = Some(TOKEN.to_owned().into())).await;
    let root = world.root().await;
    let job = root.create_groups(&["acme", "globex"]).await;
    world.job_when(&root, &job, "completed").await;
    root.get("/api/nothing/here").await;

    let stranger = world.stranger();
    let bearer = format!("Bearer {TOKEN}");
    let headers = [("authorization", bearer.as_str())];
    let ended = "gitlab_bulk_items_total{status=\"succeeded\"}";
    // Events are counted when they are told, a moment after the job is over.
    let page = world
        .until(async || {
            let page = stranger.send(Method::GET, "/metrics", &headers, "").await;
            assert_eq!(page.status, 200);
            (value(&page.text, ended) > 0).then_some(page)
        })
        .await;
    assert!(
        page.header("content-type")
            .starts_with("application/openmetrics-text")
    );
    let page = page.text;
    assert_eq!(value(&page, ended), 2);
    let created = "gitlab_bulk_http_requests_total{method=\"POST\",route=\"/api/jobs\",status=\"201\"}";
    assert_eq!(value(&page, created), 1);
    let nowhere = "gitlab_bulk_http_requests_total{method=\"GET\",route=\"none\",status=\"404\"}";
    assert_eq!(value(&page, nowhere), 1, "{page}");
    let sent = "gitlab_bulk_gitlab_requests_total{method=\"POST\",outcome=\"201\"}";
    assert_eq!(value(&page, sent), 2);
    assert!(value(&page, "gitlab_bulk_resident_memory_bytes") > 1_000_000);
    assert!(page.ends_with("# EOF\n"));
    for secret in [&job, "acme", "root", world.sim.url(), &world.sim.root_token()] {
        assert!(!page.contains(secret.trim_start_matches("http://")), "{secret}");
    }
}

#[tokio::test]
async fn reading_often_is_no_guessing_of_keys() {
    let world = World::with(|settings| settings.metrics_token = Some(TOKEN.to_owned().into())).await;
    let bearer = format!("Bearer {TOKEN}");
    for _ in 0..200 {
        let headers = [("authorization", bearer.as_str())];
        let answer = world.stranger().send(Method::GET, "/metrics", &headers, "").await;
        assert_eq!(answer.status, 200);
    }
}

#[tokio::test]
async fn nobody_else_does() {
    let world = World::with(|settings| settings.metrics_token = Some(TOKEN.to_owned().into())).await;
    let root = world.root().await;
    assert_eq!(root.get("/metrics").await.status, 401, "a session is no token");
    for given in ["Bearer a-token-of-somebody", "Bearer ", TOKEN] {
        let headers = [("authorization", given)];
        let answer = world.stranger().send(Method::GET, "/metrics", &headers, "").await;
        assert_eq!(answer.status, 401, "{given}");
    }
    let without = World::new().await;
    assert_eq!(without.root().await.get("/metrics").await.status, 404);
}

#[tokio::test]
async fn at_its_own_listener_the_page_is_guarded_read_by_no_other_page_and_all_there_is() {
    let world = World::with(|settings| settings.allowed_origins = vec![LISTED.into()]).await;
    let root = world.root().await;
    let prometheus = Person {
        url: world.server.metrics_url.clone(),
        ..root.clone()
    };
    let origin = ("origin", LISTED);
    let asks = ("access-control-request-method", "GET");
    for (status, method, path) in [
        (200, Method::GET, "/metrics"),
        (200, Method::HEAD, "/metrics"),
        (405, Method::POST, "/metrics"),
        (405, Method::OPTIONS, "/metrics"),
        (404, Method::GET, "/"),
        (404, Method::GET, "/health"),
        (404, Method::GET, "/health/live"),
        (404, Method::GET, "/api/auth/session"),
        (404, Method::GET, "/api/jobs"),
        (404, Method::POST, "/api/auth/login"),
        (404, Method::GET, "/api/gitlab/user"),
        (404, Method::GET, "/gitlab/api/v4/user"),
        (404, Method::GET, "/socket.io/?EIO=4&transport=polling"),
    ] {
        let answer = prometheus.send(method.clone(), path, &[origin, asks], "").await;
        let what = format!("{method} {path}");
        assert_eq!(answer.status, status, "{what}: {}", answer.text);
        assert_guarded(&answer, &what);
        let shared = answer
            .headers
            .keys()
            .find(|name| name.as_str().starts_with("access-control-"));
        assert_eq!(shared, None, "{what}");
    }
}

//! What Prometheus reads.

use crate::world::World;

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
            let page = stranger
                .send(reqwest::Method::GET, "/metrics", &headers, "")
                .await;
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
        let answer = world
            .stranger()
            .send(reqwest::Method::GET, "/metrics", &headers, "")
            .await;
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
        let answer = world
            .stranger()
            .send(reqwest::Method::GET, "/metrics", &headers, "")
            .await;
        assert_eq!(answer.status, 401, "{given}");
    }
    let without = World::new().await;
    assert_eq!(without.root().await.get("/metrics").await.status, 404);
}

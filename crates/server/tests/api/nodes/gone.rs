//! Redis is gone, or hangs, for a while.

use std::sync::Arc;

use domain::{Clock, SystemClock};
use serde_json::json;
use server::Nodes;

use super::{AT_ONCE, Pair};
use crate::world::Person;

#[tokio::test]
async fn without_redis_every_node_goes_on_by_itself_and_all_of_them_together_once_it_is_back() {
    let Some(mut pair) = Pair::new().await else { return };
    let here = pair.world.root().await;
    let there = pair.at_other(&here);
    let kept = "/api/gitlab/groups?search=acme";
    pair.world
        .until(async || (there.get(kept).await.header("x-cache") == "HIT").then_some(()))
        .await;

    pair.redis.end();
    pair.when_redis_is(false).await;
    // Nothing that is only remembered is believed: nobody could tell that it has changed.
    assert_ne!(there.get(kept).await.header("x-cache"), "HIT");
    let leaving = pair.other.signed_in(&pair.world.sim, "dev-0001").await;
    let elsewhere = Person {
        url: here.url.clone(),
        ..leaving.clone()
    };
    assert_eq!(elsewhere.get("/api/jobs").await.status, 200);
    leaving.post("/api/auth/logout", json!({})).await;
    assert_eq!(elsewhere.get("/api/jobs").await.status, 401);
    // Jobs go on.
    let id = there.create_groups(&["acme"]).await;
    pair.world.job_when(&there, &id, "completed").await;

    pair.redis.begin().await;
    pair.when_redis_is(true).await;
    let found = there.get(kept).await;
    assert_eq!(
        found.json()[0]["path"],
        "acme",
        "what was kept before is not shown"
    );
    let again = pair.at_other(&pair.world.root().await);
    assert_eq!(again.get("/api/jobs").await.status, 200);
    let at_first = Person {
        url: here.url.clone(),
        ..again.clone()
    };
    at_first.post("/api/auth/logout", json!({})).await;
    pair.at_once(async || (again.get("/api/jobs").await.status == 401).then_some(()))
        .await;
}

#[tokio::test]
async fn what_a_node_writes_that_is_cut_off_alone_is_known_through_the_database() {
    let Some(pair) = Pair::new().await else { return };
    let nowhere = "unix:///nowhere/redis.sock".parse().unwrap();
    let alone = pair
        .world
        .another_server_with(|settings| {
            let clock = Arc::new(SystemClock::new());
            settings.nodes = Nodes::over(nowhere, clock, settings.metrics.clone());
            settings.max_concurrent_jobs = 0;
        })
        .await;
    let root = pair.world.root().await;
    let there = pair.at_other(&root);
    let kept = "/api/gitlab/groups?search=acme";
    pair.world
        .until(async || (there.get(kept).await.header("x-cache") == "HIT").then_some(()))
        .await;
    let cut_off = Person {
        url: alone.url.clone(),
        ..root.clone()
    };
    assert_eq!(cut_off.get("/health").await.json()["redis"], false);
    let group = json!({ "name": "acme", "path": "acme" });
    assert_eq!(cut_off.post("/api/gitlab/groups", group).await.status, 201);
    // Kept answers live for minutes.
    pair.world
        .until(async || (there.get(kept).await.json()[0]["path"] == "acme").then_some(()))
        .await;
    // Nor is anything kept until GitLab has surely done it.
    assert_eq!(there.get(kept).await.header("x-cache"), "MISS");
}

#[tokio::test]
async fn a_redis_that_hangs_holds_nobody_up() {
    let Some(pair) = Pair::new().await else { return };
    let root = pair.world.root().await;
    pair.redis.signal("STOP");
    let asked = pair.world.clock.monotonic();
    assert_eq!(root.get("/api/jobs").await.status, 200);
    let took = pair.world.clock.monotonic().saturating_sub(asked);
    assert!(took < AT_ONCE, "{took:?}");
    pair.when_redis_is(false).await;
    assert_eq!(root.post("/api/auth/logout", json!({})).await.status, 204);
    pair.redis.signal("CONT");
    pair.when_redis_is(true).await;
}

#[tokio::test]
async fn a_server_begins_without_redis_and_finds_it_later() {
    let Some(mut pair) = Pair::new().await else { return };
    pair.redis.end();
    let third = pair
        .world
        .another_server_with(|settings| pair.redis.shared_by(settings))
        .await;
    let root = third.signed_in(&pair.world.sim, "root").await;
    assert_eq!(root.get("/health").await.json()["redis"], false);
    assert_eq!(root.get("/api/jobs").await.status, 200);
    pair.redis.begin().await;
    pair.world
        .until(async || (root.get("/health").await.json()["redis"] == true).then_some(()))
        .await;
}

//! What is said by a node of another version.

use super::Pair;
use crate::world::{Person, Server};

const ASKED: &str = "/api/gitlab/groups?search=acme";

/// How many words of other nodes this one has understood.
async fn words_heard(node: &Server) -> u64 {
    let prometheus = Person {
        url: node.metrics_url.clone(),
        ..node.stranger()
    };
    let page = prometheus.get("/metrics").await.text;
    let count = page
        .lines()
        .find_map(|line| line.strip_prefix("gitlab_bulk_redis_words_total{direction=\"heard\"} "));
    count.map_or(0, |count| count.parse().unwrap())
}

#[tokio::test]
async fn what_a_newer_node_says_and_nobody_here_understands_is_passed_over() {
    let Some(pair) = Pair::new().await else { return };
    let root = pair.world.root().await;
    let cached = async || root.get(ASKED).await.header("x-cache").to_owned();
    pair.world
        .until(async || (cached().await == "HIT").then_some(()))
        .await;
    let before = words_heard(&pair.world.server).await;
    for word in [
        r#"{"by":1,"word":"somethingNew","of":["acme"]}"#,
        r#"{"by":1,"word":"ended"}"#,
        r#"{"by":1,"word":"event","rooms":{},"event":1}"#,
        r#"{"by":-1,"word":"missed"}"#,
        "{",
        "",
        // This is understood, and ends nothing.
        r#"{"by":1,"word":"ended","ids":["something new"],"more":{}}"#,
    ] {
        pair.redis.say(word).await;
    }
    pair.world
        .until(async || (words_heard(&pair.world.server).await > before).then_some(()))
        .await;
    assert_eq!(cached().await, "HIT");
    pair.redis
        .say(r#"{"by":1,"word":"missed","why":"something new"}"#)
        .await;
    pair.at_once(async || (cached().await != "HIT").then_some(()))
        .await;
    assert_eq!(root.get("/health").await.json()["redis"], true);
}

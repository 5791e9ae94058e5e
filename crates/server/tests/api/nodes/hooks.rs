//! What GitLab tells more than once, to one node and to the other.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::Pair;
use crate::world::Server;

const SECRET: &str = "a secret of sixteen bytes or more";

async fn tell(pair: &Pair, node: &Server, id: &str) -> Value {
    let headers = [
        ("content-type", "application/json"),
        ("x-gitlab-instance", pair.world.sim.url()),
        ("x-gitlab-token", SECRET),
        ("idempotency-key", id),
    ];
    let body = json!({ "event_name": "group_create", "name": "Acme", "path": "acme", "full_path": "acme", "group_id": 7 });
    let hook = node.stranger();
    let answer = hook
        .send(Method::POST, "/api/webhooks/gitlab", &headers, &body.to_string())
        .await;
    answer.json()["outcome"].clone()
}

#[tokio::test]
async fn a_message_that_is_offered_again_to_the_other_node_is_told_once() {
    let settings = |settings: &mut server::ServerSettings| {
        settings.webhooks.secrets = vec![SECRET.into()];
        settings.webhooks.instance = "https://gitlab.com".parse().unwrap();
    };
    let Some(mut pair) = Pair::with(settings).await else {
        return;
    };
    assert_eq!(tell(&pair, &pair.world.server, "one").await, "taken");
    assert_eq!(tell(&pair, &pair.other, "one").await, "repeated");
    assert_eq!(tell(&pair, &pair.other, "two").await, "taken");
    // Together they remember for ten minutes by Redis' clock, which cannot be put forward.
    let left = pair.redis.lifetimes("gitlab-bulk:hook:*").await;
    let within = Duration::from_secs(570)..=Duration::from_mins(10);
    assert_eq!(left.len(), 2);
    assert!(left.iter().all(|left| within.contains(left)), "{left:?}");
    // By itself, a node knows what it has heard itself.
    pair.redis.end();
    pair.when_redis_is(false).await;
    assert_eq!(tell(&pair, &pair.world.server, "two").await, "taken");
    assert_eq!(tell(&pair, &pair.world.server, "two").await, "repeated");
}

//! What keys hold is revoked by any node that is there when they end.

use std::time::Duration;

use domain::Clock;
use gitlab_client::Rate;
use serde_json::json;
use storage::Grants;

use super::Pair;
use crate::oauth::{expiring_key, revoked, signed_in};
use crate::world::oauth;

/// Two nodes with "Sign in with GitLab", which clear away what has expired all the time.
async fn pair() -> Option<Pair> {
    Pair::at(Rate::Unlimited, |settings, sim| {
        settings.oauth = Some(oauth(sim));
        settings.tidy_every = Duration::from_millis(20);
    })
    .await
}

/// Resolves when the other node has heard all that was told until now.
async fn told(pair: &Pair) {
    let somebody = pair.world.signed_in("dev-0002").await;
    let there = pair.at_other(&somebody);
    assert_eq!(there.get("/api/jobs").await.status, 200, "it is remembered");
    somebody.post("/api/auth/logout", json!({})).await;
    pair.at_once(async || (there.get("/api/jobs").await.status == 401).then_some(()))
        .await;
}

/// Resolves when nothing is left to revoke.
async fn settled(pair: &Pair) {
    pair.world
        .until(async || (revoked(&pair.world) > 0).then_some(()))
        .await;
    let far = pair.world.clock.now().plus(Duration::from_hours(1));
    pair.world
        .until(async || {
            let left = pair.world.storage.take_revocations(far, far, 10).await.unwrap();
            left.is_empty().then_some(())
        })
        .await;
}

#[tokio::test]
async fn what_an_expired_key_held_is_revoked_by_a_node_that_never_saw_the_key() {
    let Some(mut pair) = pair().await else { return };
    let person = signed_in(&pair.world, "dev-0001").await;
    expiring_key(&pair.world, &person).await;
    person.post("/api/auth/logout", json!({})).await;
    told(&pair).await;
    pair.world.server.killed().await;
    assert_eq!(revoked(&pair.world), 0, "the key holds it");
    pair.world.clock.advance(Duration::from_hours(1));
    settled(&pair).await;
    assert_eq!(revoked(&pair.world), 1);
}

#[tokio::test]
async fn of_two_nodes_that_know_what_an_expired_key_held_one_has_it_revoked() {
    let Some(pair) = pair().await else { return };
    let person = signed_in(&pair.world, "dev-0001").await;
    let program = expiring_key(&pair.world, &person).await;
    for program in [&program, &pair.at_other(&program)] {
        assert_eq!(program.get("/api/gitlab/user").await.status, 200);
    }
    person.post("/api/auth/logout", json!({})).await;
    told(&pair).await;
    pair.world.clock.advance(Duration::from_hours(1));
    settled(&pair).await;
    assert_eq!(revoked(&pair.world), 1);
}

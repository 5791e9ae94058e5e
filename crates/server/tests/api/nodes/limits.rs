//! What comes in is counted by all nodes together.

use std::time::Duration;

use serde_json::json;
use server::InboundLimit;

use super::Pair;
use crate::world::Answer;

fn stands(answer: &Answer) -> (u16, String, String) {
    let told = |name| answer.header(name).to_owned();
    (
        answer.status.as_u16(),
        told("ratelimit-limit"),
        told("ratelimit-remaining"),
    )
}

#[tokio::test]
async fn a_limit_that_is_used_up_on_one_node_is_used_up_on_the_other() {
    let few = InboundLimit {
        window: Duration::from_mins(10),
        requests: 4,
    };
    let Some(pair) = Pair::with(|settings| settings.inbound = few).await else {
        return;
    };
    let here = pair.world.root().await;
    let there = pair.at_other(&here);
    let stood = |status: u16, remaining: &str| (status, "4".to_owned(), remaining.to_owned());
    assert_eq!(stands(&here.get("/api/jobs").await), stood(200, "3"));
    assert_eq!(stands(&there.get("/api/jobs").await), stood(200, "2"));
    assert_eq!(stands(&here.get("/api/jobs").await), stood(200, "1"));
    assert_eq!(stands(&there.get("/api/jobs").await), stood(200, "0"));
    for node in [&here, &there] {
        let refused = node.get("/api/jobs").await;
        assert_eq!(stands(&refused), stood(429, "0"));
        assert!(refused.error().starts_with("429 RATE_LIMIT_EXCEEDED"));
        let seconds: u64 = refused.header("retry-after").parse().unwrap();
        assert!((590..=600).contains(&seconds), "{seconds}");
    }
    let somebody_else = pair.other.signed_in(&pair.world.sim, "dev-0001").await;
    assert_eq!(somebody_else.get("/api/jobs").await.status, 200);
}

#[tokio::test]
async fn attempts_to_sign_in_are_counted_together() {
    let Some(pair) = Pair::new().await else { return };
    let guess = json!({ "gitlabUrl": pair.world.sim.url(), "token": "glpat-guessed" });
    let (here, there) = (pair.world.stranger(), pair.other.stranger());
    for _ in 0..5 {
        assert_eq!(here.post("/api/auth/login", guess.clone()).await.status, 401);
        assert_eq!(there.post("/api/auth/login", guess.clone()).await.status, 401);
    }
    assert_eq!(here.post("/api/auth/login", guess.clone()).await.status, 429);
    assert_eq!(there.post("/api/auth/login", guess).await.status, 429);
}

#[tokio::test]
async fn who_guesses_keys_on_one_node_is_refused_on_the_other() {
    let few = InboundLimit {
        window: Duration::from_mins(10),
        requests: 3,
    };
    let Some(pair) = Pair::with(|settings| settings.key_guesses = few).await else {
        return;
    };
    let program = pair.world.root().await.program(&["read"]).await;
    let mut guesser = pair.world.stranger();
    guesser.key = Some("gbk_guessed".to_owned());
    for _ in 0..3 {
        assert_eq!(guesser.get("/api/jobs").await.status, 401);
    }
    // Whatever it presents now: the address is what is counted.
    let refused = pair.at_other(&program).get("/api/jobs").await;
    assert_eq!(refused.status, 429, "{}", refused.text);
}

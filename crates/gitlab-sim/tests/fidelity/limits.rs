//! The request throttle, the limiters of endpoints, and what a busy instance says (§4).

mod busy;
mod endpoint;
mod presets;
mod throttle;

use std::sync::Arc;

use gitlab_sim::Options;
use hyper::Method;
use serde_json::json;

use crate::client::{Actor, Lab};
use crate::clock::HandClock;

/// The clock starts 7.512 s into a minute.
async fn lab(options: Options) -> (Lab, Arc<HandClock>) {
    let clock = HandClock::new();
    (Lab::with(options.users(2).clock(clock.clone())).await, clock)
}

async fn limit(lab: &Lab, limits: serde_json::Value) {
    assert_eq!(lab.control(Method::POST, "/limits", limits).await.status, 200);
}

const TOO_MANY: &str = "This endpoint has been requested too many times. Try again later.";

/// How often a call succeeds before it is refused, and how long one is told to wait then.
async fn allowed(actor: &Actor, method: Method, path: &str) -> (usize, String) {
    for calls in 0..3_000 {
        let answer = actor.json(method.clone(), path, json!(null)).await.unwrap();
        if answer.status == 429 {
            answer.is(429, json!({"message": {"error": TOO_MANY}}));
            return (calls, answer.header("retry-after").unwrap().to_owned());
        }
    }
    panic!("{method} {path} is not limited")
}

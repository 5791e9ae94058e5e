//! Equal questions at the same time are one question to GitLab.

use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use futures::FutureExt;
use futures::future::join_all;
use http::Response;
use reqwest::StatusCode;
use tokio::sync::Semaphore;

use crate::front::Front;
use crate::world::{Answer, Person, World};

const PATH: &str = "/api/gitlab/front/groups";

/// A GitLab that answers as `answer` says, once it is let.
async fn slow(
    world: &World,
    answer: impl Fn() -> Response<Body> + Send + Sync + 'static,
) -> (Front, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let (closed, answer) = (Arc::clone(&gate), Arc::new(answer));
    let front = Front::of(world.sim.url(), move |_| {
        let (closed, answer) = (Arc::clone(&closed), Arc::clone(&answer));
        async move {
            let _open = closed.acquire().await;
            answer()
        }
        .boxed()
    })
    .await;
    (front, gate)
}

fn json(body: impl Into<Body>) -> Response<Body> {
    Response::builder()
        .header("content-type", "application/json")
        .body(body.into())
        .unwrap()
}

/// Eight who ask at the same time. Whoever comes after the answer is as good as one of them.
async fn eight(world: &World, front: &Front, gate: &Semaphore) -> Vec<Answer> {
    let mut person = world.stranger();
    person.log_in(&front.url, &world.sim.token_of("root")).await;
    let people: Vec<Person> = (0..8).map(|_| person.clone()).collect();
    let asking = tokio::spawn(async move { join_all(people.iter().map(|one| one.get(PATH))).await });
    let mut same = 0;
    world
        .until(async || {
            same = if front.seen().is_empty() { 0 } else { same + 1 };
            (same > 40).then_some(())
        })
        .await;
    gate.add_permits(100);
    asking.await.unwrap()
}

#[tokio::test]
async fn who_asks_the_same_at_the_same_time_asks_gitlab_once() {
    let world = World::new().await;
    let (front, gate) = slow(&world, || json("[1]")).await;
    let answers = eight(&world, &front, &gate).await;
    assert_eq!(front.seen().len(), 1);
    for answer in &answers {
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, "[1]"));
        assert_eq!(answer.header("content-type"), "application/json");
    }
    let misses = answers.iter().filter(|answer| answer.header("x-cache") == "MISS");
    assert_eq!(misses.count(), 1);
}

#[tokio::test]
async fn gitlabs_no_is_told_to_all_of_them_and_is_not_kept() {
    let world = World::new().await;
    let (front, gate) = slow(&world, || {
        let mut response = json("{\"message\":\"404 Not found\"}");
        *response.status_mut() = StatusCode::NOT_FOUND;
        response
    })
    .await;
    let answers = eight(&world, &front, &gate).await;
    let before = front.seen().len();
    for answer in &answers {
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert_eq!(
            answer.json()["error"]["requestId"].as_str(),
            Some(answer.header("x-request-id"))
        );
    }
    let mut person = world.stranger();
    person.log_in(&front.url, &world.sim.token_of("root")).await;
    person.get(PATH).await;
    assert_eq!(front.seen().len(), before + 1);
}

#[tokio::test]
async fn what_is_large_reaches_each_of_them_whole() {
    let world = World::new().await;
    let (front, gate) = slow(&world, || {
        let parts =
            (0..40_u8).map(|part| Ok::<_, std::io::Error>(Bytes::from(vec![b'a' + part % 26; 16 << 10])));
        json(Body::from_stream(futures::stream::iter(parts)))
    })
    .await;
    let answers = eight(&world, &front, &gate).await;
    let whole: String = (0..40_u8)
        .map(|part| char::from(b'a' + part % 26).to_string().repeat(16 << 10))
        .collect();
    for answer in &answers {
        assert!(answer.text == whole, "{} bytes", answer.text.len());
    }
}

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use bytes::Bytes;
use futures::{FutureExt, StreamExt, stream};
use http::Response;
use http_body_util::BodyExt;
use reqwest::Method;

use crate::front::{Endless, Front, Inside};
use crate::world::{Person, World};

async fn person(world: &World, front: &Front) -> Person {
    let mut person = world.stranger();
    person.log_in(&front.url, &world.sim.token_of("root")).await;
    person
}

#[tokio::test]
async fn a_client_that_leaves_takes_its_request_along() {
    let world = World::new().await;
    let inside = Inside::default();
    let visited = inside.clone();
    let front = Front::of(world.sim.url(), move |_| {
        let visit = visited.enter();
        async move {
            let _visit = visit;
            std::future::pending().await
        }
        .boxed()
    })
    .await;
    let root = person(&world, &front).await;
    for method in [Method::GET, Method::POST] {
        let asking = tokio::spawn(root.request(method, "/api/gitlab/front/slow").send());
        world.until(async || (inside.count() == 1).then_some(())).await;
        asking.abort();
        world.until(async || (inside.count() == 0).then_some(())).await;
    }
}

/// The number, once it no longer changes.
async fn settled(world: &World, number: &AtomicUsize) -> usize {
    let (mut last, mut same) = (0, 0);
    world
        .until(async || {
            let now = number.load(Ordering::SeqCst);
            same = if now == last && now > 0 { same + 1 } else { 0 };
            last = now;
            (same > 20).then_some(now)
        })
        .await
}

#[tokio::test]
async fn a_download_goes_as_fast_as_it_is_taken_and_ends_when_nobody_takes_it() {
    let world = World::new().await;
    let (inside, taken) = (Inside::default(), Arc::<AtomicUsize>::default());
    let (visited, counted) = (inside.clone(), Arc::clone(&taken));
    let front = Front::of(world.sim.url(), move |_| {
        let endless = Endless {
            taken: Arc::clone(&counted),
            _visit: Some(visited.enter()),
        };
        async move { Response::new(Body::from_stream(endless)) }.boxed()
    })
    .await;
    let root = person(&world, &front).await;
    let mut answer = root
        .request(Method::GET, "/api/gitlab/front/export")
        .send()
        .await
        .unwrap();
    answer.chunk().await.unwrap();
    // It has no end: a proxy that reads ahead would never come to rest.
    let before = settled(&world, &taken).await;
    for _ in 0..1000 {
        answer.chunk().await.unwrap();
    }
    assert!(settled(&world, &taken).await > before);
    drop(answer);
    world.until(async || (inside.count() == 0).then_some(())).await;
}

#[tokio::test]
async fn an_upload_goes_as_fast_as_gitlab_takes_it() {
    let world = World::new().await;
    let front = Front::of(world.sim.url(), |request| {
        async move {
            let _untouched = request;
            std::future::pending().await
        }
        .boxed()
    })
    .await;
    let root = person(&world, &front).await;
    let sent = Arc::<AtomicUsize>::default();
    let endless = Endless {
        taken: Arc::clone(&sent),
        _visit: None,
    };
    let asking = tokio::spawn(
        root.request(Method::POST, "/api/gitlab/front/import")
            .body(reqwest::Body::wrap_stream(endless))
            .send(),
    );
    settled(&world, &sent).await;
    asking.abort();
}

#[tokio::test]
async fn a_body_arrives_as_it_was_sent_in_both_directions() {
    let world = World::new().await;
    let front = Front::of(world.sim.url(), |request| {
        async move {
            let kind = request.headers()["content-type"].clone();
            let body = request.into_body().collect().await.unwrap().to_bytes();
            Response::builder()
                .header("content-type", kind)
                .body(Body::from(body))
                .unwrap()
        }
        .boxed()
    })
    .await;
    let root = person(&world, &front).await;
    // Larger than any limit of ours for other bodies.
    let parts = (0_u8..=255).map(|byte| Ok::<_, Infallible>(Bytes::from(vec![byte; 48 << 10])));
    let body = reqwest::Body::wrap_stream(stream::iter(parts));
    let mut answer = root
        .request(Method::POST, "/api/gitlab/front/import")
        .header("content-type", "application/gzip")
        .body(body)
        .send()
        .await
        .unwrap()
        .bytes_stream();
    let (mut length, mut next) = (0, 0);
    while let Some(part) = answer.next().await {
        for byte in part.unwrap() {
            next = length / (48 << 10);
            assert_eq!(usize::from(byte), next);
            length += 1;
        }
    }
    assert_eq!((length, next), (256 * (48 << 10), 255));
}

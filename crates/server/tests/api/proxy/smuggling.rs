use axum::body::Body;
use futures::FutureExt;
use http::Response;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::front::Front;
use crate::world::{Person, World};

/// Sends these bytes and reads what comes, until the server closes.
async fn raw(person: &Person, bytes: &str) -> String {
    let address = person.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A connection that is refused may be reset instead of closed.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_request_that_could_be_read_as_two_is_refused_and_nothing_of_it_is_sent() {
    let world = World::new().await;
    let front = Front::of(world.sim.url(), |_| {
        async { Response::new(Body::from("reached")) }.boxed()
    })
    .await;
    let mut root = world.stranger();
    root.log_in(&front.url, &world.sim.token_of("root")).await;
    let cookie = root.cookie.clone().unwrap();
    for (headers, body) in [
        ("content-length: 0\r\ncontent-length: 55\r\n", ""),
        ("content-length: 0, 55\r\n", ""),
        ("content-length: +5\r\n", "hello"),
        ("transfer-encoding: gzip, chunked\r\n", "0\r\n\r\n"),
        (
            "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n",
            "0\r\n\r\n",
        ),
        ("transfer-encoding: xchunked\r\n", "0\r\n\r\n"),
        ("transfer-encoding : chunked\r\n", "0\r\n\r\n"),
        ("x-folded: a\r\n content-length: 55\r\ncontent-length: 0\r\n", ""),
        ("x-injected: a\rcontent-length: 55\r\ncontent-length: 0\r\n", ""),
        ("host: evil.test\r\n", ""),
    ] {
        let request = format!(
            "POST /api/gitlab/front/first HTTP/1.1\r\nhost: x\r\ncookie: gitlab_bulk_session={cookie}\r\n\
             connection: close\r\n{headers}\r\n{body}"
        );
        let answer = raw(&root, &request).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{headers:?}: {answer}");
        assert!(!answer.contains("reached"), "{headers:?}: {answer}");
    }
    assert!(front.seen().is_empty());
}

#[tokio::test]
async fn a_length_beside_chunks_counts_for_nobody() {
    let world = World::new().await;
    let front = Front::of(world.sim.url(), |request| {
        async move {
            let body = http_body_util::BodyExt::collect(request.into_body())
                .await
                .unwrap();
            Response::new(Body::from(body.to_bytes()))
        }
        .boxed()
    })
    .await;
    let mut root = world.stranger();
    root.log_in(&front.url, &world.sim.token_of("root")).await;
    let cookie = root.cookie.clone().unwrap();
    for headers in [
        "content-length: 55\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ncontent-length: 3",
    ] {
        let request = format!(
            "POST /api/gitlab/front/first HTTP/1.1\r\nhost: x\r\ncookie: gitlab_bulk_session={cookie}\r\n\
             {headers}\r\nconnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\nGET /api/gitlab/front/second HTTP/1.1\r\n\r\n"
        );
        let answer = raw(&root, &request).await;
        assert!(answer.ends_with("hello"), "{answer}");
    }
    for seen in front.seen() {
        assert_eq!(seen.target, "/api/v4/front/first");
        assert!(!seen.headers.contains_key("content-length"));
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_never_becomes_a_whole_one() {
    let world = World::new().await;
    let front = Front::of(world.sim.url(), |request| {
        async move {
            let whole = http_body_util::BodyExt::collect(request.into_body())
                .await
                .is_ok();
            Response::new(Body::from(if whole { "whole" } else { "broken" }))
        }
        .boxed()
    })
    .await;
    let mut root = world.stranger();
    root.log_in(&front.url, &world.sim.token_of("root")).await;
    let cookie = root.cookie.clone().unwrap();
    for (framing, body) in [
        ("transfer-encoding: chunked", "5\r\nhello\r\nzz\r\n"),
        ("transfer-encoding: chunked", "fffffffffffffffff\r\nhello\r\n"),
    ] {
        let request = format!(
            "POST /api/gitlab/front/x HTTP/1.1\r\nhost: x\r\ncookie: gitlab_bulk_session={cookie}\r\n\
             {framing}\r\nconnection: close\r\n\r\n{body}"
        );
        let answer = raw(&root, &request).await;
        assert!(!answer.contains("whole"), "{framing} {body:?}: {answer}");
    }
}

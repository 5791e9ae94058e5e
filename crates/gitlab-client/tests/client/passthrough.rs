use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use gitlab_client::passthrough::{Passthrough, Target};
use gitlab_client::{GitlabError, Lane, WaitReason};
use http::{Request, StatusCode};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, BodyStream, Full, StreamBody};
use tokio::sync::mpsc;

use crate::loopback::{Loopback, Reaction, answer, drop_after_reading, hang, json};
use crate::{TOKEN, World};

fn request(method: &str) -> Request<Full<Bytes>> {
    Request::builder()
        .method(method)
        .uri("/anything")
        .body(Full::default())
        .unwrap()
}

fn out(world: &World) -> Passthrough<Full<Bytes>> {
    world.client.passthrough()
}

#[tokio::test]
async fn a_path_with_tricks_is_refused_before_connecting() {
    let server = Loopback::always(json("{}")).await;
    let world = World::new();
    let gitlab = world.session(&server);
    for path in [
        "groups/%2e%2e/%2e%2e/admin",
        "..",
        "a\\b",
        "//evil.test",
        "http://evil.test",
        "a%0d%0a",
    ] {
        let error = out(&world)
            .forward(&gitlab, Target::Rest(path), request("GET"))
            .await
            .unwrap_err();
        assert!(matches!(error, GitlabError::InvalidPath(_)), "{path}: {error}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn the_path_arrives_byte_for_byte() {
    let server = Loopback::always(json("{}")).await;
    let world = World::new();
    let gitlab = world.session(&server);
    let out = out(&world);
    for path in [
        "projects/acme%2fWeb%2FSite/repository/files/a%20b%2F.x?ref=v%2B1&x[]=1&private=%7e",
        "/groups?search=a+b%2Bc",
        "projects/1/labels/50%25",
    ] {
        out.forward(&gitlab, Target::Rest(path), request("GET"))
            .await
            .unwrap();
    }
    out.forward(&gitlab, Target::Graphql, request("POST"))
        .await
        .unwrap();
    assert_eq!(
        server.requests(),
        [
            "GET /api/v4/projects/acme%2fWeb%2FSite/repository/files/a%20b%2F.x?ref=v%2B1&x[]=1&private=%7e",
            "GET /api/v4/groups?search=a+b%2Bc",
            "GET /api/v4/projects/1/labels/50%25",
            "POST /api/graphql",
        ]
    );
}

#[tokio::test]
async fn the_sessions_credential_replaces_whatever_the_client_sent() {
    let server = Loopback::always(answer(
        "200 OK",
        &[("Set-Cookie", "_gitlab_session=1"), ("X-Total", "3")],
        "{}",
    ))
    .await;
    let world = World::new();
    let mut request = request("GET");
    for (name, value) in [
        ("authorization", "Bearer gbk_secret"),
        ("private-token", "gbk_secret"),
        ("cookie", "gitlab_bulk_session=1"),
        ("connection", "x-dropped"),
        ("x-dropped", "1"),
        ("if-none-match", "W/\"1\""),
        ("accept-encoding", "gzip"),
        ("user-agent", "python-gitlab/4"),
    ] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let answer = out(&world)
        .forward(&world.session(&server), Target::Rest("user"), request)
        .await
        .unwrap();
    assert_eq!(answer.headers().get("x-total").unwrap(), "3");
    assert!(answer.headers().get("set-cookie").is_none());
    let seen = &server.seen()[0];
    assert_eq!(seen.header("private-token"), Some(TOKEN));
    assert_eq!(seen.header("if-none-match"), Some("W/\"1\""));
    assert_eq!(seen.header("accept-encoding"), Some("gzip"));
    assert_eq!(seen.header("user-agent"), Some("python-gitlab/4"));
    assert_eq!(
        seen.header("host"),
        Some(format!("127.0.0.1:{}", server.port).as_str())
    );
    for gone in ["authorization", "cookie", "x-dropped"] {
        assert_eq!(seen.header(gone), None, "{gone}");
    }
}

#[tokio::test]
async fn any_status_and_any_body_pass_untouched() {
    let body = "\u{1f}\u{8b}-not-really-gzip";
    let headers = [
        ("Content-Encoding", "gzip"),
        ("ETag", "W/\"1\""),
        ("Location", "/x"),
    ];
    for status in [
        "201 Created",
        "301 Moved Permanently",
        "404 Not Found",
        "500 Oops",
    ] {
        let server = Loopback::always(answer(status, &headers, body)).await;
        let world = World::new();
        let answer = out(&world)
            .forward(&world.session(&server), Target::Rest("user"), request("PUT"))
            .await
            .unwrap();
        assert_eq!(answer.status().as_str(), &status[..3]);
        assert_eq!(answer.headers().get("content-encoding").unwrap(), "gzip");
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), body);
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn the_first_bytes_come_through_while_the_rest_is_still_awaited() {
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst".to_vec();
    let server = Loopback::always(Reaction::WriteAndHang(half)).await;
    let world = World::new();
    let answer = out(&world)
        .forward(&world.session(&server), Target::Rest("user"), request("GET"))
        .await
        .unwrap();
    let mut frames = BodyStream::new(answer.into_body());
    assert_eq!(
        frames.next().await.unwrap().unwrap().into_data().unwrap(),
        "first"
    );

    assert!(futures::poll!(frames.next()).is_pending());
    world.clock.advance(Duration::from_secs(30));
    let error = frames.next().await.unwrap().unwrap_err();
    assert!(matches!(error, GitlabError::Timeout(_)), "{error}");
}

type Part = Result<Frame<Bytes>, std::io::Error>;

/// A body that is sent as a test sends its parts.
fn upload() -> (
    mpsc::Sender<Part>,
    impl Body<Data = Bytes, Error = std::io::Error> + Unpin,
) {
    let (sender, receiver) = mpsc::channel::<Part>(1);
    let parts = futures::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|part| (part, receiver))
    });
    (sender, StreamBody::new(Box::pin(parts)))
}

fn part(text: &'static str) -> Frame<Bytes> {
    Frame::data(Bytes::from(text))
}

#[tokio::test]
async fn a_request_body_is_streamed_and_takes_its_time_while_it_moves() {
    let server = Loopback::serve(|seen, _| json(&format!("\"{}\"", seen.body))).await;
    let world = World::new();
    let (sender, body) = upload();
    let request = Request::post("/")
        .header("content-length", "15")
        .body(body)
        .unwrap();
    let (gitlab, out) = (world.session(&server), world.client.passthrough());
    let forwarding = tokio::spawn(async move { out.forward(&gitlab, Target::Rest("x"), request).await });
    for text in ["hello", "large", "world"] {
        sender.send(Ok(part(text))).await.unwrap();
        while sender.capacity() == 0 {
            tokio::task::yield_now().await;
        }
        world.clock.advance(Duration::from_secs(20));
    }
    drop(sender);
    let answer = forwarding.await.unwrap().unwrap();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, "\"hellolargeworld\"");
}

#[tokio::test]
async fn a_request_body_that_stops_moving_is_given_up() {
    let server = Loopback::always(json("{}")).await;
    let world = World::new();
    let (sender, body) = upload();
    let request = Request::post("/")
        .header("content-length", "15")
        .body(body)
        .unwrap();
    let (gitlab, out) = (world.session(&server), world.client.passthrough());
    let forwarding = tokio::spawn(async move { out.forward(&gitlab, Target::Rest("x"), request).await });
    sender.send(Ok(part("hello"))).await.unwrap();
    while sender.capacity() == 0 || server.connections() == 0 {
        tokio::task::yield_now().await;
    }
    while !forwarding.is_finished() {
        world.clock.advance(Duration::from_secs(1));
        tokio::task::yield_now().await;
    }
    assert!(matches!(forwarding.await.unwrap(), Err(GitlabError::Timeout(_))));
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_request_body_that_only_trickles_does_not_keep_its_place_for_ever() {
    let server = Loopback::always(json("{}")).await;
    let world = World::new();
    let (sender, body) = upload();
    let request = Request::post("/")
        .header("content-length", "100000")
        .body(body)
        .unwrap();
    let (gitlab, out) = (world.session(&server), world.client.passthrough());
    let forwarding = tokio::spawn(async move { out.forward(&gitlab, Target::Rest("x"), request).await });
    let mut bytes = 0;
    // Never silent for as long as an attempt may take.
    while !forwarding.is_finished() && sender.send(Ok(part("x"))).await.is_ok() {
        bytes += 1;
        assert!(bytes < 10, "after {bytes} bytes, one every 29 seconds");
        while sender.capacity() == 0 && !forwarding.is_finished() {
            tokio::task::yield_now().await;
        }
        world.clock.advance(Duration::from_secs(29));
    }
    assert!(bytes >= 4, "a slow line is given some time: {bytes}");
    assert!(matches!(forwarding.await.unwrap(), Err(GitlabError::Timeout(_))));
    assert!(server.seen().is_empty());
}

/// An upload that GitLab has answered before it had anything of it, and the server it goes to.
async fn answered_early(length: &str) -> (World, Loopback, mpsc::Sender<Part>) {
    let server = Loopback::answering_early(answer("413 Content Too Large", &[], "{}")).await;
    let world = World::new();
    let (sender, body) = upload();
    let request = Request::post("/")
        .header("content-length", length)
        .body(body)
        .unwrap();
    let (gitlab, out) = (world.session(&server), world.client.passthrough());
    let answer = out.forward(&gitlab, Target::Rest("x"), request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "{}");
    (world, server, sender)
}

/// Lets everybody who can go on do so.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_upload_that_was_answered_early_is_sent_to_its_end() {
    let (world, server, sender) = answered_early("15").await;
    for text in ["hello", "large", "world"] {
        sender.send(Ok(part(text))).await.unwrap();
        while sender.capacity() == 0 {
            tokio::task::yield_now().await;
        }
        world.clock.advance(Duration::from_secs(20));
    }
    while server.seen()[0].body != "hellolargeworld" {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_upload_that_stops_moving_once_it_was_answered_is_given_up() {
    let (world, server, sender) = answered_early("15").await;
    sender.send(Ok(part("hello"))).await.unwrap();
    settle().await;
    world.clock.advance(Duration::from_millis(29_999));
    settle().await;
    assert!(
        !sender.is_closed(),
        "it may be silent for as long as an attempt may take"
    );
    world.clock.advance(Duration::from_millis(1));
    sender.closed().await;
    assert_eq!(server.seen()[0].body, "", "what is cut short is no request");
}

#[tokio::test]
async fn an_upload_that_only_trickles_once_it_was_answered_is_given_up() {
    let (world, _server, sender) = answered_early("100000").await;
    let mut bytes = 0;
    while sender.send(Ok(part("x"))).await.is_ok() {
        bytes += 1;
        assert!(bytes < 10, "after {bytes} bytes, one every 29 seconds");
        settle().await;
        world.clock.advance(Duration::from_secs(29));
        settle().await;
    }
    assert_eq!(bytes, 5, "two minutes, as for any upload that is so slow");
}

#[tokio::test]
async fn no_answer_is_told_apart_by_its_cause() {
    let world = World::new();
    let server = Loopback::always(drop_after_reading()).await;
    let error = out(&world)
        .forward(&world.session(&server), Target::Rest("user"), request("POST"))
        .await
        .unwrap_err();
    assert!(matches!(error, GitlabError::Broken(_)), "{error}");
    assert_eq!(server.seen().len(), 1, "sent once");

    let server = Loopback::always(hang()).await;
    let (gitlab, out) = (world.session(&server), out(&world));
    let forwarding =
        tokio::spawn(async move { out.forward(&gitlab, Target::Rest("user"), request("GET")).await });
    server.has_seen(1).await;
    world.clock.advance(Duration::from_secs(30));
    assert!(matches!(forwarding.await.unwrap(), Err(GitlabError::Timeout(_))));
}

#[tokio::test]
async fn proxy_and_jobs_share_a_budget() {
    let refusal = answer(
        "429 Too Many Requests",
        &[("Content-Type", "text/plain"), ("Retry-After", "300")],
        "Retry later\n",
    );
    let server = Loopback::always(refusal).await;
    let world = World::new();
    let gitlab = world.session(&server);
    let answer = out(&world)
        .forward(&gitlab, Target::Rest("user"), request("GET"))
        .await
        .unwrap();
    assert_eq!(
        answer.status(),
        StatusCode::TOO_MANY_REQUESTS,
        "GitLab's own answer passes"
    );
    assert_eq!(
        gitlab.waiting(Lane::Jobs).map(|waiting| waiting.reason),
        Some(WaitReason::Throttled)
    );
    let error = out(&world)
        .forward(&gitlab, Target::Rest("user"), request("GET"))
        .await
        .unwrap_err();
    assert!(matches!(error, GitlabError::RateLimited(_)), "{error}");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn an_answer_keeps_its_place_until_it_has_been_read_or_dropped() {
    let server = Loopback::always(json("{}")).await;
    let world = World::with(gitlab_client::Settings {
        concurrency: 2,
        ..crate::settings()
    });
    let gitlab = world.session(&server);
    let out = out(&world);
    let held = out
        .forward(&gitlab, Target::Rest("user"), request("GET"))
        .await
        .unwrap();
    let also_held = out
        .forward(&gitlab, Target::Rest("user"), request("GET"))
        .await
        .unwrap();
    let mut third = Box::pin(out.forward(&gitlab, Target::Rest("user"), request("GET")));
    assert!(futures::poll!(&mut third).is_pending());
    drop(held);
    third.await.unwrap();
    also_held.into_body().collect().await.unwrap();
}

#[tokio::test]
async fn long_transfers_give_their_places_back_while_they_go_on() {
    let much = "x".repeat(1 << 20);
    let server = Loopback::always(answer("200 OK", &[], &much)).await;
    let world = World::with(gitlab_client::Settings {
        concurrency: 2,
        ..crate::settings()
    });
    let gitlab = world.session(&server);
    let out = out(&world);
    let mut transfers = Vec::new();
    for _ in 0..5 {
        let mut body = out
            .forward(
                &gitlab,
                Target::Rest("projects/1/export/download"),
                request("GET"),
            )
            .await
            .unwrap()
            .into_body();
        let mut read = 0;
        while read < 300 << 10 {
            read += body.frame().await.unwrap().unwrap().into_data().unwrap().len();
        }
        transfers.push((body, read));
    }
    for (body, read) in transfers {
        let rest = body.collect().await.unwrap().to_bytes().len();
        assert_eq!(read + rest, much.len());
    }
}

#[tokio::test]
async fn a_connection_is_used_again_once_its_answer_has_been_read() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
    let server = Loopback::in_turn(vec![
        json("{}"),
        Reaction::Write(chunked.into()),
        Reaction::Write(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()),
        Reaction::Write(b"HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n".to_vec()),
        json("{}"),
    ])
    .await;
    let world = World::new();
    let (gitlab, out) = (world.session(&server), out(&world));
    for status in [200, 200, 204, 304, 200] {
        let answer = out
            .forward(&gitlab, Target::Rest("user"), request("GET"))
            .await
            .unwrap();
        assert_eq!(answer.status(), status);
        answer.into_body().collect().await.unwrap();
    }
    assert_eq!(server.connections(), 1);

    world.clock.advance(Duration::from_secs(30));
    out.forward(&gitlab, Target::Rest("user"), request("GET"))
        .await
        .unwrap();
    assert_eq!(
        server.connections(),
        2,
        "GitLab may be closing what was free for so long"
    );
}

#[tokio::test]
async fn a_connection_whose_answer_nobody_reads_is_closed() {
    let much = "x".repeat(1 << 20);
    let server = Loopback::in_turn(vec![answer("200 OK", &[], &much), json("{}")]).await;
    let world = World::new();
    let (gitlab, out) = (world.session(&server), out(&world));
    for times in 1..=2 {
        let mut body = out
            .forward(&gitlab, Target::Rest("user"), request("GET"))
            .await
            .unwrap()
            .into_body();
        body.frame().await.unwrap().unwrap();
        assert_eq!(server.connections(), times);
    }
}

#[tokio::test]
async fn a_request_that_meets_a_closed_connection_goes_over_another() {
    let closing = |body: &str| Reaction::WriteAndClose(format!("HTTP/1.1 200 OK\r\n{body}").into_bytes());
    let server = Loopback::in_turn(vec![
        closing("Content-Length: 2\r\n\r\n{}"),
        closing("Content-Length: 2\r\nConnection: close\r\n\r\n{}"),
        closing("\r\n{}"),
        json("{}"),
    ])
    .await;
    let world = World::new();
    let (gitlab, out) = (world.session(&server), out(&world));
    for times in 1..=4 {
        let answer = out
            .forward(&gitlab, Target::Rest("user"), request("POST"))
            .await
            .unwrap();
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "{}");
        assert_eq!(server.seen().len(), times, "each is sent once");
        assert_eq!(server.connections(), times);
    }
}

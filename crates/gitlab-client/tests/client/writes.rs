use std::sync::Arc;
use std::time::Duration;

use domain::Clock;
use gitlab_client::{Answer, Doubt, Gitlab, GitlabError, Lane, WaitReason, WriteRequest};
use serde_json::json;

use crate::loopback::{
    Loopback, Reaction, answer, drop_after_reading, hang, hang_in_the_body, json, truncated,
};
use crate::{NOON, World};

const JSON: (&str, &str) = ("Content-Type", "application/json");

fn create() -> WriteRequest {
    WriteRequest::post("projects").body(json!({ "name": "Site", "path": "site" }))
}

async fn send_to(reaction: Reaction) -> (Answer, Loopback) {
    let server = Loopback::always(reaction).await;
    let gitlab = World::new().session(&server);
    let answer = gitlab.send(&create(), Lane::Jobs).await;
    assert_eq!(server.seen().len(), 1, "a write is sent once");
    (answer, server)
}

#[tokio::test]
async fn a_write_whose_answer_never_came_is_unknown() {
    let (answer, _) = send_to(drop_after_reading()).await;
    assert!(
        matches!(answer, Answer::Unknown(Doubt::Lost(GitlabError::Broken(_)))),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_write_whose_answer_was_cut_off_is_unknown() {
    for status in ["201 Created", "400 Bad Request", "409 Conflict"] {
        let (answer, _) = send_to(truncated(status, "{\"id\":")).await;
        assert!(
            matches!(answer, Answer::Unknown(Doubt::Lost(GitlabError::Broken(_)))),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn a_write_answered_with_5xx_is_unknown_and_not_failed() {
    for status in [
        "500 Internal Server Error",
        "502 Bad Gateway",
        "503 Service Unavailable",
        "520 Cloudflare",
        "408 Request Timeout",
    ] {
        let (answer, _) = send_to(answer(
            status,
            &[("X-Request-Id", "01JX")],
            "<html><title>Oops</title></html>",
        ))
        .await;
        let Answer::Unknown(Doubt::Answered(refusal)) = answer else {
            panic!("{answer:?}");
        };
        assert_eq!(
            (refusal.message.as_str(), refusal.request_id.as_deref()),
            ("Oops", Some("01JX"))
        );
    }
}

#[tokio::test]
async fn a_write_that_gets_no_answer_in_time_is_unknown() {
    for reaction in [hang(), hang_in_the_body()] {
        let server = Loopback::always(reaction).await;
        let world = World::new();
        let gitlab = world.session(&server);
        let sending = tokio::spawn(async move { gitlab.send(&create(), Lane::Jobs).await });
        server.has_seen(1).await;
        world.clock.advance(Duration::from_secs(30));
        let answer = sending.await.unwrap();
        assert!(
            matches!(answer, Answer::Unknown(Doubt::Lost(GitlabError::Timeout(_)))),
            "{answer:?}"
        );
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_write_to_a_port_where_nobody_listens_was_not_sent() {
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let nowhere = format!("http://127.0.0.1:{gone}").parse().unwrap();
    let token = gitlab_client::Token::personal(crate::TOKEN).unwrap();
    let gitlab = World::new().client.session(&nowhere, Some(1), token).unwrap();
    let answer = gitlab.send(&create(), Lane::Jobs).await;
    let Answer::NotSent(error @ GitlabError::Unreachable(_)) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(error.to_string(), "Failed to connect to GitLab");
}

#[tokio::test]
async fn a_write_to_a_server_that_never_agrees_on_tls_was_not_sent() {
    let server = Loopback::always(hang()).await;
    // The machine's own clock counts here: the world's stands still.
    let world = World::with(gitlab_client::Settings {
        timeout: Duration::from_millis(20),
        ..crate::settings()
    });
    let instance = format!("https://127.0.0.1:{}", server.port).parse().unwrap();
    let token = gitlab_client::Token::personal(crate::TOKEN).unwrap();
    let gitlab = world.client.session(&instance, Some(1), token).unwrap();
    let answer = gitlab.send(&create(), Lane::Jobs).await;
    assert!(
        matches!(answer, Answer::NotSent(GitlabError::Unreachable(_))),
        "{answer:?}"
    );
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn writes_follow_each_other_over_one_connection() {
    let chunked = "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
    let server = Loopback::in_turn(vec![
        json("{}"),
        Reaction::Write(chunked.into()),
        Reaction::Write(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()),
        Reaction::Write(b"HTTP/1.1 304 Not Modified\r\n\r\n".to_vec()),
        answer("200 OK", &[JSON], &"x".repeat(300_000)),
        json("{}"),
    ])
    .await;
    let world = World::new();
    let gitlab = world.session(&server);
    let sent = async || match gitlab.send(&create(), Lane::Jobs).await {
        Answer::Done(reply) => (reply.status.as_u16(), reply.body.len()),
        other => panic!("{other:?}"),
    };
    for expected in [(200, 2), (201, 2), (204, 0), (304, 0), (200, 300_000), (200, 2)] {
        assert_eq!(sent().await, expected);
    }
    assert_eq!(server.connections(), 1);

    world.clock.advance(Duration::from_secs(30));
    assert_eq!(sent().await, (200, 2));
    assert_eq!(
        server.connections(),
        2,
        "GitLab may be closing what was free for so long"
    );
}

#[tokio::test]
async fn a_write_that_meets_a_closed_connection_goes_over_another_and_is_sent_once() {
    let server = Loopback::always(Reaction::WriteAndClose(
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".to_vec(),
    ))
    .await;
    let gitlab = World::new().session(&server);
    for times in 1..=3 {
        let answer = gitlab.send(&create(), Lane::Jobs).await;
        assert!(matches!(answer, Answer::Done(_)), "{answer:?}");
        assert_eq!(server.seen().len(), times);
        assert_eq!(server.connections(), times);
        let seen = server.seen().pop().unwrap();
        assert_eq!(
            (seen.method.as_str(), seen.target.as_str(), seen.body.as_str()),
            ("POST", "/api/v4/projects", r#"{"name":"Site","path":"site"}"#)
        );
        let host = format!("127.0.0.1:{}", server.port);
        assert_eq!(seen.header("host"), Some(host.as_str()));
        assert_eq!(seen.header("content-type"), Some("application/json"));
        assert_eq!(seen.header("accept-encoding"), None, "answers are small");
    }
}

#[tokio::test]
async fn a_refusal_is_final_and_brings_gitlabs_words() {
    for (status, body, message) in [
        (
            "400 Bad Request",
            r#"{"message":{"path":["has already been taken"]}}"#,
            "path has already been taken",
        ),
        (
            "401 Unauthorized",
            r#"{"error":"invalid_token","error_description":"Token is expired."}"#,
            "Token is expired.",
        ),
        ("403 Forbidden", r#"{"message":"403 Forbidden"}"#, "403 Forbidden"),
        (
            "409 Conflict",
            r#"{"message":"Member already exists"}"#,
            "Member already exists",
        ),
        ("422 Unprocessable Entity", "", "GitLab API error"),
    ] {
        let (answer, _) = send_to(answer(status, &[JSON], body)).await;
        let Answer::Refused(refusal) = answer else {
            panic!("{answer:?}");
        };
        assert_eq!(
            (refusal.status.as_str(), refusal.message.as_str()),
            (&status[..3], message)
        );
    }
}

#[tokio::test]
async fn a_resource_lock_says_that_sending_again_is_safe() {
    let (answer, _) = send_to(answer(
        "409 Conflict",
        &[JSON],
        r#"{"message":"409 Conflict: Resource lock"}"#,
    ))
    .await;
    assert!(matches!(answer, Answer::Busy(_)), "{answer:?}");
}

#[tokio::test]
async fn a_write_is_not_redirected() {
    let (answer, server) = send_to(answer("301 Moved", &[("Location", "/api/v4/groups")], "")).await;
    assert!(
        matches!(&answer, Answer::Refused(refusal) if refusal.status == 301),
        "{answer:?}"
    );
    assert_eq!(server.requests(), ["POST /api/v4/projects"]);
}

#[tokio::test]
async fn what_was_done_brings_body_request_id_and_gitlabs_time() {
    let headers = [
        JSON,
        ("X-Request-Id", "01JX"),
        ("Date", "Sun, 22 Nov 2026 12:00:03 GMT"),
    ];
    let (answer, server) = send_to(answer("201 Created", &headers, r#"{"id":7}"#)).await;
    let Answer::Done(reply) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(reply.json::<serde_json::Value>().unwrap(), json!({ "id": 7 }));
    assert_eq!(reply.request_id.as_deref(), Some("01JX"));
    assert_eq!(reply.date, Some(NOON.plus(Duration::from_secs(3))));
    let seen = &server.seen()[0];
    assert_eq!(seen.body, r#"{"name":"Site","path":"site"}"#);
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert_eq!(seen.header("private-token"), Some(crate::TOKEN));
}

#[tokio::test]
async fn a_write_that_is_no_longer_wanted_is_withheld() {
    let server = Loopback::always(hang()).await;
    let gitlab = World::new().session(&server);
    let answer = gitlab
        .send_after(&create(), Lane::Jobs, std::future::ready(false))
        .await;
    assert!(
        matches!(answer, Answer::NotSent(GitlabError::Withheld)),
        "{answer:?}"
    );
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn the_last_check_comes_after_all_waiting() {
    let server = Loopback::always(json("{}")).await;
    let world = World::with(gitlab_client::Settings {
        rate: gitlab_client::Rate::PerSecond(1.0),
        ..crate::settings()
    });
    let gitlab = world.session(&server);
    gitlab.send(&create(), Lane::Jobs).await;
    let clock = Arc::clone(&world.clock);
    let checked_at = async { clock.monotonic() >= Duration::from_millis(950) };
    let request = create();
    let mut sending = Box::pin(gitlab.send_after(&request, Lane::Jobs, checked_at));
    assert!(futures::poll!(&mut sending).is_pending());
    let (answer, waited) = world.pausing(sending).await;
    assert!(matches!(answer, Answer::Done(_)), "{answer:?}");
    assert_eq!(waited, Duration::from_millis(950));
}

#[tokio::test]
async fn a_path_that_could_leave_the_api_is_not_sent() {
    let server = Loopback::always(hang()).await;
    let gitlab = World::new().session(&server);
    for path in [
        "groups/..",
        "groups/%2e%2e/x",
        "//evil.test/",
        "http://evil.test/",
    ] {
        let answer = gitlab.send(&WriteRequest::delete(path), Lane::Jobs).await;
        assert!(
            matches!(answer, Answer::NotSent(GitlabError::InvalidPath(_))),
            "{path}: {answer:?}"
        );
    }
    assert_eq!(server.connections(), 0);
}

fn throttled(answer: Answer) -> (Duration, WaitReason) {
    match answer {
        Answer::Throttled(waiting) => (waiting.until.since(NOON), waiting.reason),
        other => panic!("{other:?}"),
    }
}

async fn read(gitlab: &Gitlab, path: &str) -> Result<serde_json::Value, GitlabError> {
    gitlab.get(path, gitlab_client::NO_QUERY, Lane::People).await
}

#[tokio::test]
async fn the_request_throttle_holds_back_everything_of_this_user() {
    let refusal = answer(
        "429 Too Many Requests",
        &[("Content-Type", "text/plain"), ("Retry-After", "300")],
        "Retry later\n",
    );
    let server = Loopback::always(refusal).await;
    let world = World::new();
    let gitlab = world.session(&server);
    let wait = (Duration::from_mins(5), WaitReason::Throttled);
    assert_eq!(throttled(gitlab.send(&create(), Lane::Jobs).await), wait);
    assert_eq!(
        throttled(gitlab.send(&WriteRequest::delete("groups/7"), Lane::Jobs).await),
        wait
    );
    let error = read(&gitlab, "user").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GitLab rate limit exceeded: GitLab asked to wait, until 2026-11-22T12:05:00.000Z"
    );
    assert_eq!(
        gitlab.waiting(Lane::People).map(|waiting| waiting.reason),
        Some(WaitReason::Throttled)
    );
    assert_eq!(
        server.requests(),
        ["POST /api/v4/projects"],
        "nothing else was sent"
    );

    let token = gitlab_client::Token::personal("glpat-other").unwrap();
    let other_user = world.client.session(&server.instance(), Some(2), token).unwrap();
    assert_eq!(other_user.waiting(Lane::Jobs), None);
}

#[tokio::test]
async fn the_application_limiter_holds_back_its_endpoint_only() {
    let server = Loopback::serve(|seen, _| match seen.method.as_str() {
        "POST" => answer(
            "429 Too Many Requests",
            &[JSON, ("Retry-After", "86400")],
            r#"{"message":{"error":"This endpoint has been requested too many times. Try again later."}}"#,
        ),
        _ => json("{}"),
    })
    .await;
    let gitlab = World::new().session(&server);
    let (wait, reason) = throttled(gitlab.send(&create(), Lane::Jobs).await);
    assert_eq!(
        (wait.as_secs(), reason.to_string().as_str()),
        // When the day began is not known: it is asked again after an hour.
        (3_600, "GitLab limits POST /projects")
    );
    assert_eq!(throttled(gitlab.send(&create(), Lane::Jobs).await).0, wait);
    read(&gitlab, "projects/7").await.unwrap();
    assert_eq!(
        server.requests(),
        ["POST /api/v4/projects", "GET /api/v4/projects/7"]
    );
}

use std::time::Duration;

use domain::Clock;
use gitlab_client::{Gitlab, GitlabError, Lane, NO_QUERY, Settings};
use serde_json::{Value, json};

use crate::loopback::{Loopback, answer, drop_after_reading, hang, json as json_answer, truncated};
use crate::{NOON, World, settings};

async fn read(gitlab: &Gitlab, path: &str) -> Result<Value, GitlabError> {
    gitlab.get(path, NO_QUERY, Lane::People).await
}

fn server_error() -> crate::loopback::Reaction {
    answer(
        "500 Internal Server Error",
        &[],
        r#"{"message":"500 Internal Server Error"}"#,
    )
}

#[tokio::test]
async fn a_read_is_repeated_after_growing_pauses_until_it_works() {
    let server = Loopback::in_turn(vec![
        server_error(),
        drop_after_reading(),
        truncated("200 OK", "{\"id\":"),
        json_answer("{\"id\":7}"),
    ])
    .await;
    let world = World::new();
    let gitlab = world.session(&server);
    let (found, took) = world.pausing(read(&gitlab, "projects/acme%2Fsite")).await;
    assert_eq!(found.unwrap(), json!({ "id": 7 }));
    assert_eq!(took, Duration::from_millis(125 + 250 + 500));
    assert_eq!(server.requests(), ["GET /api/v4/projects/acme%2Fsite"; 4]);
}

#[tokio::test]
async fn a_read_that_never_works_fails_after_the_configured_repeats() {
    let server = Loopback::always(server_error()).await;
    let world = World::with(Settings {
        max_retries: 1,
        ..settings()
    });
    let gitlab = world.session(&server);
    let (found, _) = world.pausing(read(&gitlab, "user")).await;
    let error = found.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GitLab answered 500: 500 Internal Server Error"
    );
    assert!(error.is_outage());
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_read_that_hangs_is_given_up_after_the_time_of_one_attempt_and_repeated() {
    let server = Loopback::in_turn(vec![hang(), json_answer("1")]).await;
    let world = World::new();
    let gitlab = world.session(&server);
    let reading = tokio::spawn(async move { read(&gitlab, "user").await });
    server.has_seen(1).await;
    world.clock.advance(Duration::from_secs(30));
    let (found, _) = world.pausing(reading).await;
    assert_eq!(found.unwrap().unwrap(), json!(1));
}

const TEN_MINUTES: Duration = Duration::from_mins(10);

#[tokio::test]
async fn who_is_patient_waits_for_a_gitlab_that_is_away_and_says_so() {
    let ill = [
        server_error(),
        drop_after_reading(),
        truncated("200 OK", "{\"id\":"),
    ];
    let mut reactions: Vec<_> = ill.into_iter().cycle().take(8).collect();
    reactions.push(json_answer("{\"id\":7}"));
    let server = Loopback::in_turn(reactions).await;
    let world = World::new();
    let gitlab = world.session(&server).patient(TEN_MINUTES);
    assert_eq!(gitlab.asks_again(), None);
    let waiting = async {
        while gitlab.asks_again().is_none() {
            tokio::task::yield_now().await;
        }
        gitlab.asks_again().unwrap().since(world.clock.now())
    };

    let asking = futures::future::join(read(&gitlab, "user"), waiting);
    let ((found, first_wait), took) = world.pausing(asking).await;

    assert_eq!(found.unwrap(), json!({ "id": 7 }));
    assert_eq!(first_wait, Duration::from_secs(1), "after the ordinary repeats");
    let pauses = [125, 250, 500, 1_000, 2_000, 4_000, 7_500, 7_500];
    assert_eq!(took, Duration::from_millis(pauses.iter().sum()));
    assert_eq!(gitlab.asks_again(), None, "it is back");
}

#[tokio::test]
async fn patience_ends_when_gitlab_has_been_away_for_so_long() {
    let ill = Loopback::always(server_error()).await;
    // Nothing listens there.
    let closed = "http://127.0.0.1:9".parse().unwrap();
    let world = World::new();
    let token = || gitlab_client::Token::personal(crate::TOKEN).unwrap();
    for (instance, why) in [
        (ill.instance(), "GitLab answered 500: 500 Internal Server Error"),
        (closed, "Failed to connect to GitLab"),
    ] {
        let gitlab = world.client.session(&instance, Some(1), token()).unwrap();
        let gitlab = gitlab.patient(TEN_MINUTES);

        let (found, took) = world.pausing(read(&gitlab, "user")).await;

        assert_eq!(found.unwrap_err().to_string(), why);
        let longest_pause = Duration::from_secs(15);
        assert!(
            (TEN_MINUTES..=TEN_MINUTES + longest_pause).contains(&took),
            "{took:?}"
        );
    }
}

#[tokio::test]
async fn an_answer_in_between_begins_the_patience_anew() {
    let wait = answer("429 Too Many Requests", &[("Retry-After", "7")], "Retry later\n");
    let ill = || std::iter::repeat_n(server_error(), 5);
    let reactions = ill().chain([wait]).chain(ill()).chain([json_answer("1")]);
    let server = Loopback::in_turn(reactions.collect()).await;
    let world = World::with(Settings {
        max_retries: 0,
        ..settings()
    });
    let gitlab = world.session(&server).patient(Duration::from_mins(1));
    let (found, took) = world.pausing(read(&gitlab, "user")).await;
    assert_eq!(found.unwrap(), json!(1));
    assert!(took < Duration::from_mins(1), "{took:?}");
}

#[tokio::test]
async fn what_no_time_mends_is_not_waited_for() {
    for status in ["403 Forbidden", "501 Not Implemented"] {
        let server = Loopback::always(answer(status, &[], "")).await;
        let gitlab = World::new().session(&server).patient(TEN_MINUTES);
        read(&gitlab, "user").await.unwrap_err();
        assert_eq!(server.seen().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn being_told_to_wait_is_not_an_attempt() {
    let wait = answer("429 Too Many Requests", &[("Retry-After", "7")], "Retry later\n");
    let server = Loopback::in_turn(vec![wait.clone(), wait, json_answer("1")]).await;
    let world = World::with(Settings {
        max_retries: 0,
        ..settings()
    });
    let gitlab = world.session(&server);
    let (found, took) = world.pausing(read(&gitlab, "user")).await;
    assert_eq!(found.unwrap(), json!(1));
    assert_eq!(took, Duration::from_secs(14));
}

#[tokio::test]
async fn a_refusal_is_not_repeated() {
    for (status, kind) in [
        ("401 Unauthorized", "GitLab authentication failed: no"),
        ("403 Forbidden", "GitLab does not allow it: no"),
        ("404 Not Found", "GitLab does not find it: no"),
        ("422 Unprocessable Entity", "GitLab answered 422: no"),
    ] {
        let server = Loopback::always(answer(status, &[], r#"{"message":"no"}"#)).await;
        let gitlab = World::new().session(&server);
        assert_eq!(read(&gitlab, "user").await.unwrap_err().to_string(), kind);
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn what_is_not_there_is_found_to_be_none() {
    let server = Loopback::always(answer(
        "404 Not Found",
        &[],
        r#"{"message":"404 Group Not Found"}"#,
    ))
    .await;
    let gitlab = World::new().session(&server);
    let found: Option<Value> = gitlab.find("groups/7", NO_QUERY, Lane::Jobs).await.unwrap();
    assert_eq!(found, None);
}

#[tokio::test]
async fn a_moved_project_is_followed_within_the_instance() {
    let server = Loopback::serve(|seen, _| match seen.target.as_str() {
        "/api/v4/projects/old%2Fpath?simple=true" => answer(
            "301 Moved Permanently",
            &[("Location", "/api/v4/projects/7?simple=true")],
            "This resource has been moved permanently",
        ),
        _ => json_answer("{\"id\":7}"),
    })
    .await;
    let gitlab = World::new().session(&server);
    let found: Value = gitlab
        .get("projects/old%2Fpath", &[("simple", true)], Lane::People)
        .await
        .unwrap();
    assert_eq!(found, json!({ "id": 7 }));
    assert_eq!(server.requests()[1], "GET /api/v4/projects/7?simple=true");
}

#[tokio::test]
async fn a_redirect_to_another_server_or_out_of_the_api_is_not_followed() {
    let elsewhere = Loopback::always(json_answer("{}")).await;
    for location in [
        format!("http://127.0.0.1:{}/api/v4/user", elsewhere.port),
        format!("http://localhost:{}/api/v4/user", elsewhere.port),
        "/users/sign_in".to_owned(),
        "http://169.254.169.254/latest/meta-data".to_owned(),
    ] {
        let server = Loopback::always(answer("302 Found", &[("Location", &location)], "")).await;
        let gitlab = World::new().session(&server);
        let error = read(&gitlab, "user").await.unwrap_err();
        assert!(matches!(error, GitlabError::Redirected(_)), "{location}: {error}");
        assert_eq!(server.seen().len(), 1);
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn a_redirect_in_circles_ends() {
    let server = Loopback::always(answer("302 Found", &[("Location", "/api/v4/user")], "")).await;
    let gitlab = World::new().session(&server);
    assert!(matches!(
        read(&gitlab, "user").await,
        Err(GitlabError::Redirected(_))
    ));
    assert_eq!(server.seen().len(), 6);
}

#[tokio::test]
async fn an_answer_that_is_no_json_is_said_to_be_unreadable() {
    let server = Loopback::always(answer("200 OK", &[], "<html>captive portal</html>")).await;
    let gitlab = World::new().session(&server);
    let error = read(&gitlab, "user").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GitLab's answer cannot be read: expected value at line 1 column 1"
    );
}

#[tokio::test]
async fn an_instance_under_a_sub_path_is_asked_there() {
    let server = Loopback::always(json_answer("1")).await;
    let instance = format!("{}/git/lab/", server.instance()).parse().unwrap();
    let world = World::new();
    let token = gitlab_client::Token::oauth("oauth-token").unwrap();
    let gitlab = world.client.session(&instance, None, token).unwrap();
    read(&gitlab, "/user").await.unwrap();
    let seen = &server.seen()[0];
    assert_eq!(seen.target, "/git/lab/api/v4/user");
    assert_eq!(seen.header("authorization"), Some("Bearer oauth-token"));
    assert_eq!(
        seen.header("user-agent"),
        Some(concat!("gitlab-bulk/", env!("CARGO_PKG_VERSION")))
    );
}

#[tokio::test]
async fn gitlabs_clock_is_learned_from_its_answers() {
    let date = ("Date", "Sun, 22 Nov 2026 12:00:41 GMT");
    let server = Loopback::always(answer("200 OK", &[date], "1")).await;
    let gitlab = World::new().session(&server);
    assert_eq!(gitlab.instance_clock_offset(), None);
    read(&gitlab, "user").await.unwrap();
    let offset = gitlab.instance_clock_offset().unwrap();
    assert_eq!((offset.least_millis, offset.most_millis), (41_000, 41_999));
    assert_eq!(
        offset.earliest_in_gitlab(NOON).to_string(),
        "2026-11-22T12:00:41.000Z"
    );
}

#[tokio::test]
async fn nothing_is_asked_once_the_quota_is_used_up() {
    let headers = [
        ("Date", "Sun, 22 Nov 2026 12:00:00 GMT"),
        ("RateLimit-Limit", "600"),
        ("RateLimit-Name", "throttle_authenticated_api"),
        ("RateLimit-Observed", "600"),
        ("RateLimit-Remaining", "0"),
        ("RateLimit-Reset", "1795348820"),
    ];
    let server = Loopback::always(answer("200 OK", &headers, "1")).await;
    let world = World::new();
    let gitlab = world.session(&server);
    read(&gitlab, "user").await.unwrap();
    let error = read(&gitlab, "user").await.unwrap_err();
    assert_eq!(error.retry_at(), Some(NOON.plus(Duration::from_secs(20))));
    assert_eq!(server.seen().len(), 1);
    world.clock.advance(Duration::from_secs(20));
    read(&gitlab, "user").await.unwrap();
}

#[tokio::test]
async fn as_many_connections_are_kept_for_the_next_request_as_it_was_configured() {
    for (max_idle_sockets, fewest, most) in [(10, 1, 2), (0, 5, 5)] {
        let server = Loopback::always(json_answer("{}")).await;
        let world = World::with(Settings {
            max_idle_sockets,
            ..settings()
        });
        let gitlab = world.session(&server);
        for _ in 0..5 {
            let _: Value = gitlab.get("user", NO_QUERY, Lane::People).await.unwrap();
            // The connection goes back a moment after its answer was read.
            tokio::task::yield_now().await;
        }
        let connections = server.connections();
        assert!(
            (fewest..=most).contains(&connections),
            "{max_idle_sockets}: {connections}"
        );
    }
}

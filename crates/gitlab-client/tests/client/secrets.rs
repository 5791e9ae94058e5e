use std::error::Error;
use std::fmt::Write;

use gitlab_client::{GitlabError, Lane, NO_QUERY, Token, WriteRequest};
use serde_json::{Value, json};

use crate::loopback::{Loopback, answer, drop_after_reading, json as json_answer, truncated};
use crate::{TOKEN, World, settings};

/// Everything an error shows: itself, its `Debug`, and its chain of causes.
fn shown(error: &GitlabError) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(next) = cause {
        let _ = write!(text, " {next} {next:?}");
        cause = next.source();
    }
    text
}

#[tokio::test]
async fn no_failure_shows_the_token_or_a_secret_in_the_query() {
    for reaction in [
        drop_after_reading(),
        truncated("200 OK", "{"),
        answer(
            "401 Unauthorized",
            &[],
            &format!(r#"{{"message":"unknown token {TOKEN}"}}"#),
        ),
        answer("500 Oops", &[("X-Request-Id", "01JX")], ""),
        answer(
            "302 Found",
            &[("Location", &format!("http://evil.test/?private_token={TOKEN}"))],
            "",
        ),
        json_answer(&format!("\"{TOKEN}\"")),
        answer("429 Too Many", &[("Retry-After", "99")], "Retry later\n"),
    ] {
        let server = Loopback::always(reaction).await;
        let world = World::with(gitlab_client::Settings {
            max_retries: 0,
            ..settings()
        });
        let gitlab = world.session(&server);
        let error = gitlab
            .get::<u64>(
                "projects",
                &[("private_token", TOKEN), ("search", "query-canary")],
                Lane::People,
            )
            .await
            .unwrap_err();
        let text = shown(&error);
        assert!(!text.contains("canary"), "{text}");

        let write = WriteRequest::post("projects/1/variables").body(json!({ "value": "body-canary" }));
        let text = format!("{:?} {:?}", gitlab.send(&write, Lane::Jobs).await, write);
        assert!(!text.contains("canary"), "{text}");
    }
}

#[tokio::test]
async fn no_type_shows_a_token() {
    let server = Loopback::always(json_answer("{\"token\":\"glpat-canary-new\"}")).await;
    let world = World::new();
    let gitlab = world.session(&server);
    let token = Token::personal(TOKEN).unwrap();
    let created = gitlab
        .send(&WriteRequest::post("projects/1/access_tokens"), Lane::Jobs)
        .await;
    let text = format!("{gitlab:?} {:?} {token:?} {created:?}", world.client);
    assert!(!text.contains("canary"), "{text}");
    let _: Value = gitlab.get("user", NO_QUERY, Lane::People).await.unwrap();
}

//! Who may come in, from where, and how often.

use reqwest::Method;
use server::InboundLimit;
use std::time::Duration;

use crate::world::World;

#[tokio::test]
async fn without_a_session_nothing_is_told() {
    let world = World::new().await;
    for path in [
        "/api/jobs",
        "/api/jobs/01890000-0000-7000-8000-000000000000",
        "/api/operations",
        "/api/gitlab/user",
        "/api/gitlab/graphql",
        "/api/jobs/not-an-id/items",
    ] {
        assert_eq!(
            world.stranger().get(path).await.error(),
            "401 UNAUTHORIZED Authentication required",
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_another_sites_page_makes_a_browser_send_changes_nothing() {
    let world = World::new().await;
    let root = world.root().await;
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let answer = root
            .send(Method::POST, "/api/auth/logout", &[(name, value)], "")
            .await;
        assert_eq!(
            answer.error(),
            "403 FORBIDDEN Insufficient permissions",
            "{name}: {value}"
        );
        let answer = root
            .send(Method::DELETE, "/api/gitlab/projects/1", &[(name, value)], "")
            .await;
        assert_eq!(answer.status, 403);
    }
    let own = world.server.url.clone();
    let answer = root
        .send(
            Method::POST,
            "/api/auth/logout",
            &[("origin", &own), ("sec-fetch-site", "same-origin")],
            "",
        )
        .await;
    assert_eq!(answer.status, 204);
}

#[tokio::test]
async fn a_listed_origin_may_read_and_others_may_not() {
    let world =
        World::with(|settings| settings.allowed_origins = vec!["https://console.example.com".into()]).await;
    let root = world.root().await;
    let from = async |origin: &'static str| {
        root.send(Method::GET, "/api/jobs", &[("origin", origin)], "")
            .await
    };
    let listed = from("https://console.example.com").await;
    assert_eq!(
        listed.header("access-control-allow-origin"),
        "https://console.example.com"
    );
    assert_eq!(listed.header("access-control-allow-credentials"), "true");
    assert!(listed.header("access-control-expose-headers").contains("x-total"));
    assert_eq!(
        from("https://evil.example")
            .await
            .header("access-control-allow-origin"),
        ""
    );
}

#[tokio::test]
async fn strangers_share_the_limit_of_their_address_and_users_have_their_own() {
    let world = World::with(|settings| {
        settings.inbound = InboundLimit {
            window: Duration::from_mins(15),
            requests: 3,
        }
    })
    .await;
    let root = world.root().await;
    for left in ["2", "1", "0"] {
        assert_eq!(
            world
                .stranger()
                .get("/api/auth/session")
                .await
                .header("ratelimit-remaining"),
            left
        );
    }
    let answer = world.stranger().get("/api/auth/session").await;
    assert_eq!(answer.error(), "429 RATE_LIMIT_EXCEEDED Too many requests");
    assert_eq!(
        (
            answer.header("ratelimit-limit"),
            answer.header("ratelimit-remaining")
        ),
        ("3", "0")
    );

    assert_eq!(root.get("/api/jobs").await.header("ratelimit-remaining"), "2");
    // The proxy has the outbound budget instead.
    for _ in 0..5 {
        assert_eq!(root.get("/api/gitlab/version").await.status, 200);
    }
    assert_eq!(world.stranger().get("/health/live").await.status, 200);
}

#[tokio::test]
async fn a_cookie_that_is_none_counts_against_the_address() {
    let world = World::with(|settings| {
        settings.inbound = InboundLimit {
            window: Duration::from_mins(15),
            requests: 1,
        }
    })
    .await;
    let mut guesser = world.stranger();
    guesser.cookie = Some("guess".into());
    assert_eq!(guesser.get("/api/jobs").await.status, 401);
    assert_eq!(guesser.get("/api/jobs").await.status, 429);
}

#[tokio::test]
async fn a_browser_of_a_listed_origin_is_told_beforehand_what_it_may_send() {
    let world =
        World::with(|settings| settings.allowed_origins = vec!["https://console.example.com".into()]).await;
    let headers = [
        ("origin", "https://console.example.com"),
        ("access-control-request-method", "DELETE"),
        ("access-control-request-headers", "idempotency-key"),
    ];
    let answer = world
        .stranger()
        .send(Method::OPTIONS, "/api/jobs/x", &headers, "")
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("access-control-allow-methods"),
        "GET,POST,PUT,PATCH,DELETE,OPTIONS"
    );
    assert_eq!(
        answer.header("access-control-allow-headers"),
        "content-type,authorization,idempotency-key"
    );
}

//! Who may come in, from where, and how often.

use gitlab_sim::{Options, Simulator};
use reqwest::Method;
use serde_json::json;
use server::InboundLimit;
use std::time::Duration;

use crate::live::Socket;
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
    let program = world.signed_in("dev-0001").await.program(&["gateway"]).await;
    for _ in 0..5 {
        assert_eq!(program.get("/gitlab/api/v4/version").await.status, 200);
    }
    assert_eq!(world.stranger().get("/health/live").await.status, 200);
}

/// A server that hears so many requests of nobody from one address.
async fn reserved(requests: u32) -> World {
    World::with(|settings| {
        settings.inbound = InboundLimit {
            window: Duration::from_mins(15),
            requests,
        }
    })
    .await
}

#[tokio::test]
async fn a_cookie_that_is_none_counts_against_the_address() {
    for (path, before) in [
        ("/api/jobs", 401),
        ("/api/gitlab/version", 401),
        ("/gitlab/api/v4/version", 401),
        ("/gitlab/api/graphql", 401),
        ("/socket.io/?EIO=4&transport=polling", 200),
        ("/nowhere", 404),
        ("/", 404),
    ] {
        let world = reserved(1).await;
        let root = world.root().await;
        let mut guesser = world.stranger();
        guesser.cookie = Some("guess".into());
        assert_eq!(guesser.get(path).await.status, before, "{path}");
        assert_eq!(guesser.get(path).await.status, 429, "{path}");
        assert_eq!(
            root.get("/api/jobs").await.status,
            200,
            "whoever has one is not locked out"
        );
    }
}

#[tokio::test]
async fn session_ids_that_are_tried_at_a_socket_count_against_the_address() {
    let world = reserved(2).await;
    let root = world.root().await;
    let stranger = world.stranger();
    for guess in ["one", "another"] {
        let (_, word) = Socket::open(&stranger, json!({ "sessionId": guess }), &[]).await;
        assert_eq!(word, "44{\"message\":\"Unauthorized\"}");
    }
    assert_eq!(stranger.get("/api/operations").await.status, 429);
    // Whoever guesses learns nothing by guessing right.
    let (_, word) = Socket::open(&stranger, json!({ "sessionId": root.cookie }), &[]).await;
    assert_eq!(word, "44{\"message\":\"Unauthorized\"}");
    world.clock.advance(Duration::from_mins(15));
    let (_, word) = Socket::open(&stranger, json!({ "sessionId": root.cookie }), &[]).await;
    assert!(word.starts_with("40{"), "{word}");
}

#[tokio::test]
async fn keys_that_are_tried_at_a_socket_are_guesses() {
    let world = World::with(|settings| settings.key_guesses.requests = 2).await;
    let program = world.root().await.program(&["read"]).await;
    for guess in ["gbk_one", "gbk_another"] {
        let (_, word) = Socket::open(&world.stranger(), json!({ "apiKey": guess }), &[]).await;
        assert_eq!(word, "44{\"message\":\"Unauthorized\"}");
    }
    assert_eq!(program.get("/api/jobs").await.status, 429);
}

#[tokio::test]
async fn whoever_guesses_locks_out_nobody_but_their_own_address() {
    let world = World::with(|settings| settings.trusted_proxies = "1".parse().unwrap()).await;
    let victim = world.signed_in("dev-0001").await;
    let from = async |address: &str, token: &str| {
        let body = json!({ "gitlabUrl": world.sim.url(), "token": token }).to_string();
        let headers = [("content-type", "application/json"), ("x-forwarded-for", address)];
        let stranger = world.stranger();
        let answer = stranger.send(Method::POST, "/api/auth/login", &headers, &body);
        answer.await.status
    };
    for _ in 0..10 {
        assert_eq!(from("203.0.113.7", "glpat-guess").await, 401);
    }
    let token = world.sim.token_of("dev-0001");
    assert_eq!(from("203.0.113.7", &token).await, 429);
    assert_eq!(from("203.0.113.8", &token).await, 200);
    // A session goes on, also at that address.
    let here = [("x-forwarded-for", "203.0.113.7")];
    let answer = victim.send(Method::GET, "/api/jobs", &here, "").await;
    assert_eq!(answer.status, 200);
    // Of IPv6 somebody has a whole network.
    for host in 0..10 {
        assert_eq!(from(&format!("2001:db8::{host}"), "glpat-guess").await, 401);
    }
    assert_eq!(from("2001:db8::ffff", &token).await, 429);
    assert_eq!(from("2001:db8:0:1::1", &token).await, 200);
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

/// A user is an instance and a number, never the number alone: both are number 1, and administrators.
#[tokio::test]
async fn the_same_number_on_another_instance_is_somebody_else() {
    let world = World::new().await;
    let elsewhere = Simulator::start_with(Options::empty().users(9)).await.unwrap();
    let here = world.root().await;
    let there = world.server.signed_in(&elsewhere, "root").await;
    let id = here.create_groups(&["acme"]).await;
    world.job_when(&here, &id, "completed").await;
    let kept = "/api/gitlab/groups/acme";
    world
        .until(async || (here.get(kept).await.header("x-cache") == "HIT").then_some(()))
        .await;

    assert_eq!(there.get(kept).await.status, 404, "asked of its own instance");
    assert_eq!(there.get("/api/jobs").await.json()["jobs"], json!([]));
    for path in ["", "/items", "/results"] {
        assert_eq!(
            there.get(&format!("/api/jobs/{id}{path}")).await.status,
            404,
            "{path}"
        );
    }
    for verb in ["start", "pause", "resume", "retry", "undo", "verify"] {
        let answer = there.post(&format!("/api/jobs/{id}/{verb}"), json!({})).await;
        assert_eq!(answer.status, 404, "{verb}: {}", answer.text);
    }
    assert_eq!(there.delete(&format!("/api/jobs/{id}")).await.status, 404);
    let trail = there.get("/api/audit").await.text;
    assert!(!trail.contains(world.sim.url()), "{trail}");
    let mut socket = Socket::connected(&there).await;
    assert_eq!(
        socket.ask("subscribe:jobs", json!({ "jobIds": [id] })).await,
        json!({ "ok": [], "refused": [id] })
    );
}

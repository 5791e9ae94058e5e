use std::time::Duration;

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn a_token_that_gitlab_does_not_know_opens_no_session() {
    let world = World::new().await;
    let mut person = world.stranger();
    let answer = person.log_in(world.sim.url(), "glpat-nobody").await;
    assert_eq!(answer.error(), "401 UNAUTHORIZED GitLab authentication failed");
    assert_eq!(answer.header("set-cookie"), "");
}

#[tokio::test]
async fn a_host_that_is_not_allowed_is_never_connected_to() {
    let world = World::new().await;
    let mut person = world.stranger();
    for address in [
        "https://gitlab.evil.example",
        "http://169.254.169.254/latest",
        "http://[::ffff:169.254.169.254]",
        "http://10.0.0.7",
        "http://metadata.google.internal",
    ] {
        let answer = person.log_in(address, "glpat-x").await;
        assert_eq!(
            answer.error(),
            "403 FORBIDDEN Insufficient permissions",
            "{address}"
        );
    }
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_login_is_told_at_once_and_the_token_is_not_repeated() {
    let world = World::new().await;
    let answer = world
        .stranger()
        .post(
            "/api/auth/login",
            json!({ "gitlabUrl": "ftp://x", "token": "gl pat" }),
        )
        .await;
    assert_eq!(answer.error(), "400 VALIDATION_ERROR 2 problems found");
    let fields: Vec<_> = answer.json()["error"]["details"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["field"].clone())
        .collect();
    assert_eq!(fields, ["gitlabUrl", "token"]);
    assert!(!answer.text.contains("gl pat"));
}

#[tokio::test]
async fn a_login_is_a_cookie_and_the_user_and_a_logout_ends_it_at_once() {
    let world = World::new().await;
    let mut person = world.stranger();
    let login = person.log_in(world.sim.url(), &world.sim.root_token()).await;
    assert_eq!(login.status, 200);
    let cookie = login.header("set-cookie");
    assert!(
        cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict; Max-Age=86400"),
        "{cookie}"
    );
    let body = login.json();
    assert_eq!(body["gitlabUrl"], world.sim.url());
    assert_eq!(
        (
            &body["user"]["username"],
            &body["user"]["isAdmin"],
            &body["user"]["role"]
        ),
        (&json!("root"), &json!(true), &json!("admin"))
    );
    assert_eq!(
        body["user"]["permissions"],
        json!(
            engine::operations::registry()
                .iter()
                .map(|operation| operation.name())
                .collect::<Vec<_>>()
        )
    );

    let session = person.get("/api/auth/status").await.json();
    assert_eq!(
        (&session["authenticated"], &session["user"]["username"]),
        (&json!(true), &json!("root"))
    );
    for moment in ["createdAt", "lastActivity", "expiresAt"] {
        assert!(
            session[moment].as_str().is_some_and(|text| text.ends_with('Z')),
            "{session}"
        );
    }

    assert_eq!(person.post("/api/auth/logout", json!({})).await.status, 204);
    assert_eq!(
        person.get("/api/auth/session").await.json(),
        json!({ "authenticated": false })
    );
    assert_eq!(
        person.get("/api/jobs").await.error(),
        "401 UNAUTHORIZED Authentication required"
    );
}

#[tokio::test]
async fn a_new_login_has_a_new_id_and_ends_the_old_session() {
    let world = World::new().await;
    let mut person = world.root().await;
    let before = person.clone();
    person.log_in(world.sim.url(), &world.sim.root_token()).await;
    assert_ne!(person.cookie, before.cookie);
    assert_eq!(before.get("/api/jobs").await.status, 401);
    assert_eq!(person.get("/api/jobs").await.status, 200);
}

#[tokio::test]
async fn a_member_without_rights_has_no_role() {
    let world = World::new().await;
    let mut person = world.stranger();
    let login = person
        .log_in(world.sim.url(), &world.sim.token_of("dev-0001"))
        .await
        .json();
    assert_eq!(
        (&login["user"]["isAdmin"], &login["user"]["role"]),
        (&json!(false), &json!("none"))
    );
}

#[tokio::test]
async fn an_eleventh_login_within_a_minute_has_to_wait() {
    let world = World::new().await;
    let mut person = world.stranger();
    for _ in 0..10 {
        assert_eq!(person.log_in(world.sim.url(), "glpat-guess").await.status, 401);
    }
    let answer = person.log_in(world.sim.url(), &world.sim.root_token()).await;
    assert_eq!(answer.error(), "429 RATE_LIMIT_EXCEEDED Too many requests");
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait));
    world.clock.advance(Duration::from_secs(wait));
    assert_eq!(
        person
            .log_in(world.sim.url(), &world.sim.root_token())
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_session_ends_by_its_age_however_often_it_is_used() {
    let world = World::new().await;
    let person = world.root().await;
    for _ in 0..23 {
        world.clock.advance(Duration::from_hours(1));
        assert_eq!(person.get("/api/jobs").await.status, 200);
    }
    world.clock.advance(Duration::from_hours(1));
    assert_eq!(person.get("/api/jobs").await.status, 401);
}

#[tokio::test]
async fn a_session_ends_when_nobody_uses_it() {
    let world = World::with(|settings| settings.session_idle = Some(Duration::from_mins(10))).await;
    let person = world.root().await;
    for _ in 0..3 {
        world.clock.advance(Duration::from_mins(9));
        assert_eq!(person.get("/api/jobs").await.status, 200);
    }
    world.clock.advance(Duration::from_mins(10));
    assert_eq!(person.get("/api/jobs").await.status, 401);
}

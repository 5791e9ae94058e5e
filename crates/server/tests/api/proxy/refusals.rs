use std::time::Duration;

use domain::Clock as _;
use gitlab_sim::Fault;
use reqwest::Method;
use serde_json::json;

use super::world_with_groups;
use crate::world::World;

#[tokio::test]
async fn gitlabs_refusals_come_in_our_form_with_gitlabs_own_body_inside() {
    let world = world_with_groups().await;
    let root = world.root().await;
    let answer = root.get("/api/gitlab/groups/none").await;
    assert_eq!(answer.error(), "404 NOT_FOUND 404 Group Not Found");
    assert_eq!(
        answer.json()["error"]["details"],
        json!({ "message": "404 Group Not Found" })
    );
    assert!(!answer.header("x-gitlab-request-id").is_empty());

    let taken = root
        .post("/api/gitlab/groups", json!({ "name": "acme", "path": "acme" }))
        .await;
    assert!(
        taken.error().starts_with("400 GITLAB_API_ERROR "),
        "{}",
        taken.text
    );
    assert!(
        taken.json()["error"]["details"]["message"].is_object()
            || taken.json()["error"]["details"]["message"].is_string()
    );

    let other = world.signed_in("dev-0001").await;
    let forbidden = other
        .post(
            "/api/gitlab/users",
            json!({ "name": "x", "username": "x", "email": "x@x.test" }),
        )
        .await;
    assert_eq!(forbidden.error(), "403 FORBIDDEN Insufficient permissions");

    world.sim.fault(Fault::get("/api/v4/version").status(503));
    let broken = root.get("/api/gitlab/version").await;
    assert!(
        broken.error().starts_with("503 GITLAB_API_ERROR "),
        "{}",
        broken.text
    );
}

#[tokio::test]
async fn a_token_that_gitlab_no_longer_knows_is_said_and_sees_nothing_that_was_kept() {
    let world = world_with_groups().await;
    let root = world.root().await;
    world
        .until(async || (root.get("/api/gitlab/groups/acme").await.header("x-cache") == "HIT").then_some(()))
        .await;
    world.sim.fault(Fault::get("/api/v4/**").status(401));
    assert_eq!(
        root.get("/api/gitlab/groups/beta").await.error(),
        "401 UNAUTHORIZED GitLab authentication failed"
    );
    assert_eq!(root.get("/api/gitlab/groups/acme").await.status, 401);
}

#[tokio::test]
async fn gitlabs_limits_are_said_with_the_time_to_come_back() {
    let world = World::new().await;
    let root = world.root().await;
    world.sim.fault(Fault::get("/api/v4/version").throttle(30));
    let answer = root.get("/api/gitlab/version").await;
    assert_eq!(
        answer.error(),
        "429 RATE_LIMIT_EXCEEDED GitLab rate limit exceeded"
    );
    assert!(!answer.header("retry-after").is_empty());
}

#[tokio::test]
async fn a_limit_is_waited_for_if_that_takes_no_longer_than_fifteen_seconds() {
    let world = World::new().await;
    let root = world.root().await;
    let fault = Fault::get("/api/v4/version").times(1).throttle(20);
    world.sim.fault(fault);
    assert_eq!(root.get("/api/gitlab/version").await.status, 429);
    let asked = world.sim.stats().requests.total;
    for path in ["/api/gitlab/groups", "/api/estate/tree", "/api/stats/overview"] {
        let refused = root.get(path).await;
        assert_eq!(
            refused.error(),
            "429 RATE_LIMIT_EXCEEDED GitLab rate limit exceeded",
            "{path}"
        );
        let seconds: u64 = refused.header("retry-after").parse().unwrap();
        assert!((16..=20).contains(&seconds), "{path}: {seconds}");
    }

    world.clock.advance(Duration::from_secs(5));
    let asks = |path| {
        let root = root.clone();
        tokio::spawn(async move { root.get(path).await.status })
    };
    let waiting = [asks("/api/gitlab/groups"), asks("/api/estate/tree")];
    let began = world.clock.monotonic();
    assert_eq!(
        world.sim.stats().requests.total,
        asked,
        "nothing was sent meanwhile"
    );
    while waiting.iter().any(|waits| !waits.is_finished()) {
        world.clock.pass(Duration::from_millis(100));
        world.clock.sleep(Duration::from_millis(2)).await;
    }
    let waited = world.clock.monotonic().saturating_sub(began);
    assert!(waited > Duration::from_secs(10), "{waited:?}");
    for answered in waiting {
        assert_eq!(answered.await.unwrap(), 200);
    }
}

#[tokio::test]
async fn when_gitlab_is_silent_or_gone_it_is_said_in_our_form() {
    let world = World::new().await;
    let root = world.root().await;
    world.sim.fault(Fault::get("/api/v4/version").drop_connection());
    assert_eq!(
        root.get("/api/gitlab/version").await.error(),
        "502 GITLAB_UNREACHABLE Failed to connect to GitLab"
    );
    world.sim.clear_faults();
    world.sim.fault(Fault::get("/api/v4/version").hang());
    let answer = root.get("/api/gitlab/version").await;
    assert!(
        answer.error().starts_with("504 GITLAB_TIMEOUT "),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn a_body_does_nothing_else_than_its_method_says_and_as_nobody_else() {
    let world = world_with_groups().await;
    let root = world.root().await;
    let form = "application/x-www-form-urlencoded";
    let multipart = "multipart/form-data; boundary=b";
    let part = "--b\r\nContent-Disposition: form-data; name=\"_method\"\r\n\r\ndelete\r\n--b--\r\n";
    let path = "/api/gitlab/groups/acme";
    for (path, kind, body, field) in [
        (path, form, "_method=delete", "_method"),
        (path, form, "name=x&%5Fmethod=delete", "_method"),
        (path, multipart, part, "_method"),
        (path, form, "private_token=glpat-of-somebody", "private_token"),
        (
            path,
            "application/json",
            r#"{"name":"x","access_token":"y"}"#,
            "access_token",
        ),
        (
            "/api/gitlab/graphql",
            "application/json",
            r#"{"query":"{ a }","job_token":"y"}"#,
            "job_token",
        ),
    ] {
        let answer = root
            .send(Method::POST, path, &[("content-type", kind)], body)
            .await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text);
        assert_eq!(answer.json()["error"]["details"][0]["field"], field);
        assert!(!answer.text.contains("of-somebody"));
    }
    assert_eq!(root.get(path).await.json()["full_path"], "acme");
    // What GitLab takes for a parameter of its own goes on as it is.
    let body = "name=delta&path=delta&description=_method%3Ddelete";
    let answer = root
        .send(
            Method::POST,
            "/api/gitlab/groups",
            &[("content-type", form)],
            body,
        )
        .await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(answer.json()["description"], "_method=delete");
}

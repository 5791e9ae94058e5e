use gitlab_sim::Fault;
use reqwest::Method;
use serde_json::json;

use crate::world::World;

async fn world_with_groups() -> World {
    let world = World::new().await;
    let root = world.root().await;
    for path in ["acme", "beta", "gamma"] {
        let answer = root
            .post(
                "/api/gitlab/groups",
                json!({ "name": path, "path": path, "visibility": "private" }),
            )
            .await;
        assert_eq!(answer.status, 201, "{}", answer.text);
    }
    let parent = world.sim.group_id("acme").unwrap().0;
    let answer = root
        .post(
            "/api/gitlab/groups",
            json!({ "name": "Web", "path": "web", "parent_id": parent }),
        )
        .await;
    assert_eq!(answer.status, 201);
    world
}

#[tokio::test]
async fn tricks_with_the_path_are_refused_before_anything_is_sent() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let world = World::new().await;
    let root = world.root().await;
    let sent = world.sim.stats().requests.total;
    let address = world.server.url.strip_prefix("http://").unwrap();
    for path in [
        "/api/gitlab/../../etc/passwd",
        "/api/gitlab/%2e%2e/%2e%2e/admin",
        "/api/gitlab/groups/%252e%252e/x",
        "/api/gitlab/projects/a%2F..%2Fb",
        "/api/gitlab/groups\\..\\x",
        "/api/gitlab/groups/%00",
        "/api/gitlab/groups/%0d%0ahost:x",
        "/api/gitlab//evil.example/x",
        "/api/gitlab/http://evil.example/x",
    ] {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let cookie = root.cookie.clone().unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {address}\r\ncookie: gitlab_bulk_session={cookie}\r\nconnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 "), "{path}: {answer}");
    }
    assert_eq!(world.sim.stats().requests.total, sent);
}

#[tokio::test]
async fn an_encoded_slash_stays_one() {
    let world = world_with_groups().await;
    let root = world.root().await;
    let answer = root.get("/api/gitlab/groups/acme%2Fweb").await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["full_path"]),
        (200, &json!("acme/web"))
    );
    assert_eq!(root.get("/api/gitlab/groups/acme/web").await.status, 404);
}

#[tokio::test]
async fn pages_and_their_links_lead_through_the_proxy() {
    let world = world_with_groups().await;
    let root = world.root().await;
    let answer = root
        .get("/api/gitlab/groups?per_page=2&top_level_only=true")
        .await;
    assert_eq!(
        (answer.header("x-total"), answer.header("x-next-page")),
        ("3", "2")
    );
    let link = answer.header("link");
    assert!(
        link.contains(&format!("<{}/api/gitlab/groups?", world.server.url)),
        "{link}"
    );
    assert!(!link.contains(world.sim.url()), "{link}");
}

#[tokio::test]
async fn gitlabs_refusals_come_through_as_they_are() {
    let world = world_with_groups().await;
    let root = world.root().await;
    let answer = root.get("/api/gitlab/groups/none").await;
    assert_eq!(
        (answer.status.as_u16(), answer.json()),
        (404, json!({ "message": "404 Group Not Found" }))
    );
    assert!(!answer.header("x-gitlab-request-id").is_empty());
    let answer = root
        .post("/api/gitlab/groups", json!({ "name": "acme", "path": "acme" }))
        .await;
    assert_eq!(answer.status, 400);
    assert!(answer.json().get("error").is_none(), "{}", answer.text);
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
async fn what_was_asked_before_is_remembered_until_something_is_written() {
    let world = world_with_groups().await;
    let root = world.root().await;
    let cached = async || {
        root.get("/api/gitlab/groups?per_page=1")
            .await
            .header("x-cache")
            .to_owned()
    };
    assert_eq!(cached().await, "MISS");
    world
        .until(async || (cached().await == "HIT").then_some(()))
        .await;
    let fresh = root
        .send(
            Method::GET,
            "/api/gitlab/groups?per_page=1",
            &[("cache-control", "no-cache")],
            "",
        )
        .await;
    assert_eq!(fresh.header("x-cache"), "MISS");

    let answer = root
        .post("/api/gitlab/groups", json!({ "name": "delta", "path": "delta" }))
        .await;
    assert_eq!((answer.status.as_u16(), answer.header("x-cache")), (201, ""));
    let after = root.get("/api/gitlab/groups?per_page=1").await;
    assert_eq!((after.header("x-cache"), after.header("x-total")), ("MISS", "5"));
}

#[tokio::test]
async fn nobody_is_given_what_another_credential_was_answered() {
    let world = world_with_groups().await;
    let (root, other) = (world.root().await, world.signed_in("dev-0001").await);
    world
        .until(async || (root.get("/api/gitlab/groups/acme").await.header("x-cache") == "HIT").then_some(()))
        .await;
    let answer = other.get("/api/gitlab/groups/acme").await;
    assert_eq!((answer.status.as_u16(), answer.header("x-cache")), (404, "MISS"));
}

#[tokio::test]
async fn what_a_client_has_already_is_not_sent_again() {
    let world = world_with_groups().await;
    let root = world.root().await;
    let tag = world
        .until(async || {
            let answer = root.get("/api/gitlab/groups/acme").await;
            (answer.header("x-cache") == "HIT").then(|| answer.header("etag").to_owned())
        })
        .await;
    assert!(!tag.is_empty());
    let answer = root
        .send(
            Method::GET,
            "/api/gitlab/groups/acme",
            &[("if-none-match", &tag)],
            "",
        )
        .await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (304, ""));
}

#[tokio::test]
async fn neither_our_cookie_nor_gitlabs_comes_through_and_answers_are_not_for_keeping() {
    let world = world_with_groups().await;
    let root = world.root().await;
    let answer = root.get("/api/gitlab/user").await;
    assert_eq!((answer.header("set-cookie"), answer.header("server")), ("", ""));
    assert!(!answer.header("cache-control").is_empty());
    assert_eq!(root.get("/api/jobs").await.header("cache-control"), "no-store");
}

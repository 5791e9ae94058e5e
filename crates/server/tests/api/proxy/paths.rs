use serde_json::json;

use super::world_with_groups;
use crate::world::World;

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
        "http://evil.example/api/gitlab/user",
        "/api/gitlab/user?private_token=glpat-other",
        "/api/gitlab/bulk/../user",
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

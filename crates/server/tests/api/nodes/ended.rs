//! What has ended on one node has ended on all.

use reqwest::Method;
use serde_json::json;

use super::Pair;
use crate::live::Socket;
use crate::world::Person;

async fn is_signed_in(person: &Person) -> bool {
    person.get("/api/auth/session").await.json()["authenticated"] == true
}

#[tokio::test]
async fn a_logout_ends_the_session_on_the_other_node_and_closes_its_sockets() {
    let Some(pair) = Pair::new().await else { return };
    let root = pair.world.root().await;
    let there = pair.at_other(&root);
    assert!(is_signed_in(&there).await);
    let (mut socket, word) =
        Socket::open(&pair.other.stranger(), json!({ "sessionId": root.cookie }), &[]).await;
    assert!(word.starts_with("40{"), "{word}");
    let bystander = pair.other.signed_in(&pair.world.sim, "dev-0001").await;
    assert_eq!(root.post("/api/auth/logout", json!({})).await.status, 204);
    pair.at_once(async || (!is_signed_in(&there).await).then_some(()))
        .await;
    assert_eq!(socket.next().await, "41");
    assert!(is_signed_in(&bystander).await);
}

#[tokio::test]
async fn signing_out_everywhere_means_every_node() {
    let Some(pair) = Pair::new().await else { return };
    let (here, there) = (
        pair.world.root().await,
        pair.other.signed_in(&pair.world.sim, "root").await,
    );
    assert!(is_signed_in(&there).await);
    let answer = here.send(Method::DELETE, "/api/auth/sessions", &[], "").await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    pair.at_once(async || (!is_signed_in(&there).await).then_some(()))
        .await;
}

#[tokio::test]
async fn a_revoked_key_opens_nothing_on_the_other_node() {
    let Some(pair) = Pair::new().await else { return };
    let root = pair.world.root().await;
    let program = pair.at_other(&root.program(&["read"]).await);
    assert_eq!(program.get("/api/jobs").await.status, 200);
    let keys = root.get("/api/keys").await.json();
    let id = keys["keys"][0]["id"].as_str().unwrap();
    assert_eq!(root.delete(&format!("/api/keys/{id}")).await.status, 204);
    pair.at_once(async || (program.get("/api/jobs").await.status == 401).then_some(()))
        .await;
}

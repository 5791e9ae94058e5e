//! SSH and GPG keys of users (§7.6, A.1).

use std::time::Duration;

use gitlab_sim::Options;
use serde_json::{Value, json};

use crate::client::Lab;
use crate::clock::HandClock;
use crate::examples::same_shape;

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me@here";
/// Of [`KEY`], as `ssh-keygen -l` prints them.
const SHA256: &str = "SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA";
const GPG: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQEN\n-----END PGP PUBLIC KEY BLOCK-----";

fn new() -> Value {
    json!({"title": "laptop", "key": KEY})
}

#[tokio::test]
async fn one_has_keys_of_ones_own() {
    let lab = Lab::start().await;
    let dev = lab.dev(1);
    let made = dev.post("/user/keys", new()).await;
    assert_eq!(made.status, 201);
    same_shape(&made, "ssh_key");
    assert_eq!(made.body["usage_type"], "auth_and_signing");
    let key = made.body["key"].as_str().unwrap();
    assert!(
        key.starts_with("ssh-ed25519 AAAA") && !key.contains("me@here"),
        "{key}"
    );
    same_shape(&dev.get("/user/keys").await, "ssh_key");
    let one = format!("/user/keys/{}", made.body["id"]);
    assert_eq!(dev.get(&one).await.body["title"], "laptop");
    assert_eq!(dev.delete(&one, json!(null)).await.status, 204);
    dev.get(&one)
        .await
        .is(404, json!({"message": "404 Key Not Found"}));
    assert_eq!(dev.get("/user/keys").await.body, json!([]));
}

#[tokio::test]
async fn keys_of_others_are_seen_by_all_and_changed_by_administrators() {
    let lab = Lab::start().await;
    lab.dev(2)
        .post("/users/2/keys", new())
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    let made = lab.root().post("/users/2/keys", new()).await;
    assert_eq!(made.status, 201);
    for path in ["/users/2/keys", "/users/dev-0001/keys"] {
        assert_eq!(lab.anonymous().get(path).await.column("title"), ["laptop"]);
    }
    let one = format!("/users/2/keys/{}", made.body["id"]);
    assert_eq!(lab.dev(2).get(&one).await.body["title"], "laptop");
    assert_eq!(lab.dev(2).delete(&one, json!(null)).await.status, 403);
    assert_eq!(lab.root().delete(&one, json!(null)).await.status, 204);
    lab.anonymous()
        .get("/users/99/keys")
        .await
        .is(404, json!({"message": "404 User Not Found"}));
}

#[tokio::test]
async fn a_key_belongs_to_one_user_only() {
    let lab = Lab::start().await;
    lab.dev(1).post("/user/keys", new()).await;
    lab.dev(2).post("/user/keys", new()).await.is(
        400,
        json!({"message": {"fingerprint_sha256": ["has already been taken"]}}),
    );
}

#[tokio::test]
async fn what_is_no_public_key_is_refused() {
    let lab = Lab::start().await;
    let dev = lab.dev(1);
    let answer = dev
        .post("/user/keys", json!({"title": "t", "key": "secret"}))
        .await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.body["message"]["fingerprint"],
        json!(["cannot be generated"])
    );
    dev.post("/user/keys", json!({}))
        .await
        .is(400, json!({"error": "key is missing, title is missing"}));
    let usage = json!({"title": "t", "key": KEY, "usage_type": "all"});
    dev.post("/user/keys", usage)
        .await
        .is(400, json!({"error": "usage_type does not have a valid value"}));
}

#[tokio::test]
async fn a_key_may_end() {
    let clock = HandClock::new();
    let lab = Lab::with(Options::empty().users(2).clock(clock.clone())).await;
    let until = |moment: &str| json!({"title": "t", "key": KEY, "expires_at": moment});
    lab.dev(1)
        .post("/user/keys", until("2026-03-01T00:00:00Z"))
        .await
        .is(400, json!({"message": {"key": ["has expired"]}}));
    clock.advance(Duration::from_secs(1));
    let made = lab.dev(1).post("/user/keys", until("2027-01-01T00:00:00Z")).await;
    same_shape(&made, "ssh_key");
    assert_eq!(made.body["expires_at"], "2027-01-01T00:00:00.000Z");
}

#[tokio::test]
async fn an_administrator_finds_whose_key_it_is() {
    let lab = Lab::start().await;
    let id = lab.dev(1).post("/user/keys", new()).await.body["id"].clone();
    let by_id = lab.root().get(&format!("/keys/{id}")).await.body;
    assert_eq!(
        (&by_id["title"], &by_id["user"]["username"]),
        (&json!("laptop"), &json!("dev-0001"))
    );
    let encoded = SHA256.replace('/', "%2F").replace('+', "%2B");
    let found = lab.root().get(&format!("/keys?fingerprint={encoded}")).await;
    assert_eq!(found.body["id"], id, "{found:?}");
    lab.dev(1)
        .get(&format!("/keys/{id}"))
        .await
        .is(403, json!({"message": "403 Forbidden"}));
}

#[tokio::test]
async fn a_key_that_nobody_has_is_404_and_nonsense_400() {
    let lab = Lab::start().await;
    let not_found = json!({"message": "404 Key Not Found"});
    lab.root().get("/keys/99").await.is(404, not_found.clone());
    let unknown = "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff";
    lab.root()
        .get(&format!("/keys?fingerprint={unknown}"))
        .await
        .is(404, not_found);
    lab.root().get("/keys?fingerprint=nonsense").await.is(
        400,
        json!({"message": "400 Bad request - Failed to return the key"}),
    );
    lab.root()
        .get("/keys")
        .await
        .is(400, json!({"error": "fingerprint is missing"}));
}

#[tokio::test]
async fn gpg_keys_are_kept_as_they_were_sent() {
    let lab = Lab::start().await;
    let dev = lab.dev(1);
    let made = dev.post("/user/gpg_keys", json!({"key": GPG})).await;
    assert_eq!(made.status, 201);
    same_shape(&made, "gpg_key");
    assert_eq!(made.body["key"], GPG);
    same_shape(&lab.anonymous().get("/users/2/gpg_keys").await, "gpg_key");
    let one = format!("/user/gpg_keys/{}", made.body["id"]);
    assert_eq!(dev.get(&one).await.body["key"], GPG);
    assert_eq!(dev.delete(&one, json!(null)).await.status, 204);
    dev.get(&one)
        .await
        .is(404, json!({"message": "404 GPG Key Not Found"}));
    let made = lab.root().post("/users/2/gpg_keys", json!({"key": GPG})).await;
    let revoke = format!("/users/2/gpg_keys/{}/revoke", made.body["id"]);
    assert_eq!(lab.root().post(&revoke, json!(null)).await.status, 202);
    dev.post("/user/gpg_keys", json!({"key": "no key"}))
        .await
        .is(400, json!({"message": {"key": ["is invalid"]}}));
}

#[tokio::test]
async fn keys_go_with_their_user() {
    let lab = Lab::start().await;
    lab.dev(1).post("/user/keys", new()).await;
    lab.root().delete("/users/2", json!(null)).await;
    assert_eq!(lab.dev(2).post("/user/keys", new()).await.status, 201);
}

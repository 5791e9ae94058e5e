//! API keys: what they open, for how long, and what is left of them in the database.

use std::time::Duration;

use engine::vault::Vault;
use reqwest::Method;
use serde_json::{Value, json};

use crate::live::Socket;
use crate::world::{Answer, Person, World};

/// A key of that form that nobody was ever given.
const WRONG: &str = "gbk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

async fn list(person: &Person) -> Vec<Value> {
    person.get("/api/keys").await.json()["keys"]
        .as_array()
        .unwrap()
        .clone()
}

/// The status of each: reading jobs, making one, reading GitLab, writing to it, making a key.
async fn reach(person: &Person) -> [u16; 5] {
    let group = json!({ "name": "through", "path": "through" });
    let key = json!({ "name": "another", "scopes": ["read"] });
    let job = json!({ "type": "bulk_create_groups", "data": { "items": [] } });
    [
        person.get("/api/jobs").await,
        person.post("/api/jobs", job).await,
        person.get("/api/gitlab/user").await,
        person.post("/api/gitlab/groups", group).await,
        person.post("/api/keys", key).await,
    ]
    .map(|answer: Answer| answer.status.as_u16())
}

#[tokio::test]
async fn a_key_opens_what_its_scopes_say_and_never_makes_another_key() {
    let world = World::new().await;
    let root = world.root().await;
    // 400: the request came as far as being read.
    assert_eq!(
        reach(&root.program(&["read"]).await).await,
        [200, 403, 200, 403, 403]
    );
    assert_eq!(
        reach(&root.program(&["jobs"]).await).await,
        [200, 400, 200, 403, 403]
    );
    assert_eq!(
        reach(&root.program(&["gateway"]).await).await,
        [403, 403, 200, 201, 403]
    );
    assert_eq!(reach(&world.stranger()).await, [401; 5]);
    let refused = root.program(&["read"]).await.post("/api/jobs", json!({})).await;
    assert_eq!(refused.error(), "403 FORBIDDEN Insufficient permissions");
    assert_eq!(
        refused.json()["error"]["details"]["reason"],
        "the API key has no scope `jobs`"
    );
}

#[tokio::test]
async fn a_key_is_shown_once() {
    let world = World::new().await;
    let root = world.root().await;
    let wish =
        json!({ "name": " nightly ", "scopes": ["jobs", "read"], "expiresAt": "2999-01-01T00:00:00+01:00" });
    let made = root.post("/api/keys", wish).await;
    assert_eq!(made.status, 201);
    let key = made.json();
    let secret = key["key"].as_str().unwrap();
    assert!(
        secret.starts_with("gbk_") && secret.len() == 47,
        "{}",
        secret.len()
    );
    assert_eq!(
        (&key["name"], &key["scopes"], &key["expiresAt"]),
        (
            &json!("nightly"),
            &json!(["read", "jobs"]),
            &json!("2998-12-31T23:00:00.000Z")
        )
    );
    let listed = root.get("/api/keys").await;
    assert!(!listed.text.contains(secret));
    let [listed] = list(&root).await.try_into().unwrap();
    assert_eq!(listed["id"], key["id"]);
    assert_eq!(
        (&listed["key"], &listed["lastUsedAt"]),
        (&Value::Null, &Value::Null)
    );

    let program = Person {
        key: Some(secret.to_owned()),
        ..world.stranger()
    };
    let session = program.get("/api/auth/session").await.json();
    assert_eq!(session["user"]["username"], "root");
    assert_eq!(session["key"]["id"], key["id"]);
    world
        .until(async || list(&root).await[0]["lastUsedAt"].is_string().then_some(()))
        .await;
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_wish_for_a_key_is_told_at_once() {
    let world = World::new().await;
    let root = world.root().await;
    let wrong = async |wish: Value| -> Vec<String> {
        let answer = root.post("/api/keys", wish).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
        let details = answer.json()["error"]["details"].as_array().unwrap().clone();
        let fields = details
            .iter()
            .map(|problem| problem["field"].as_str().unwrap().to_owned());
        fields.collect()
    };
    assert_eq!(wrong(json!({})).await, ["name", "scopes"]);
    assert_eq!(
        wrong(
            json!({ "name": "", "scopes": ["read", "all", 7], "expiresAt": "2020-01-01T00:00:00Z", "x": 1 })
        )
        .await,
        ["x", "name", "scopes[1]", "scopes[2]", "expiresAt"]
    );
    assert_eq!(
        wrong(json!({ "name": "x".repeat(256), "scopes": [], "expiresAt": "tomorrow" })).await,
        ["name", "scopes", "expiresAt"]
    );
    assert_eq!(
        wrong(json!({ "name": "x", "scopes": vec!["read"; 17] })).await,
        ["scopes"]
    );
    assert_eq!(list(&root).await, [json!(null); 0]);
}

#[tokio::test]
async fn a_revoked_key_opens_nothing_from_that_moment_and_its_sockets_are_closed() {
    let world = World::new().await;
    let root = world.root().await;
    let program = root.program(&["read"]).await;
    assert_eq!(program.get("/api/jobs").await.status, 200);
    let (mut socket, word) = Socket::open(&world.stranger(), json!({ "apiKey": program.key }), &[]).await;
    assert!(word.starts_with("40{\"sid\":"), "{word}");

    let id = list(&root).await[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(root.delete(&format!("/api/keys/{id}")).await.status, 204);
    assert_eq!(socket.next().await, "41");
    assert_eq!(
        program.get("/api/jobs").await.error(),
        "401 UNAUTHORIZED Authentication required"
    );
    let (_, word) = Socket::open(&world.stranger(), json!({ "apiKey": program.key }), &[]).await;
    assert_eq!(word, "44{\"message\":\"Unauthorized\"}");
    assert_eq!(
        root.delete(&format!("/api/keys/{id}")).await.error(),
        "404 NOT_FOUND there is no such API key"
    );
    assert_eq!(root.delete("/api/keys/x").await.status, 404);
}

#[tokio::test]
async fn a_socket_needs_a_key_that_may_read() {
    let world = World::new().await;
    let program = world.root().await.program(&["gateway"]).await;
    for key in [program.key.as_deref().unwrap(), WRONG, "x"] {
        let (_, word) = Socket::open(&world.stranger(), json!({ "apiKey": key }), &[]).await;
        assert_eq!(word, "44{\"message\":\"Unauthorized\"}");
    }
}

#[tokio::test]
async fn a_key_ends_when_it_was_said_to() {
    let world = World::new().await;
    let root = world.root().await;
    let end = domain::Clock::now(&*world.clock).plus(Duration::from_mins(30));
    let wish = json!({ "name": "for a while", "scopes": ["read"], "expiresAt": end });
    let key = root.post("/api/keys", wish).await.json()["key"].clone();
    let program = Person {
        key: key.as_str().map(str::to_owned),
        ..world.stranger()
    };
    world.clock.advance(Duration::from_mins(29));
    assert_eq!(program.get("/api/jobs").await.status, 200);
    world.clock.advance(Duration::from_mins(1));
    assert_eq!(program.get("/api/jobs").await.status, 401);
    assert_eq!(list(&root).await.len(), 1, "its owner sees why");
}

#[tokio::test]
async fn nobody_sees_or_revokes_the_keys_of_another() {
    let world = World::new().await;
    let (owner, other) = (
        world.signed_in("dev-0001").await,
        world.signed_in("dev-0002").await,
    );
    let program = owner.program(&["read"]).await;
    let id = list(&owner).await[0]["id"].as_str().unwrap().to_owned();
    for stranger in [&other, &world.root().await] {
        assert!(list(stranger).await.is_empty());
        let answer = stranger.delete(&format!("/api/keys/{id}")).await;
        assert_eq!(answer.error(), "404 NOT_FOUND there is no such API key");
    }
    let own = program.delete(&format!("/api/keys/{id}")).await;
    assert_eq!(own.error(), "403 FORBIDDEN Insufficient permissions");
    assert_eq!(program.get("/api/jobs").await.status, 200);
}

#[tokio::test]
async fn a_user_has_only_so_many_keys() {
    let world = World::with(|settings| settings.keys_per_user = 2).await;
    let root = world.root().await;
    root.program(&["read"]).await;
    root.program(&["read"]).await;
    let wish = json!({ "name": "one more", "scopes": ["read"] });
    let answer = root.post("/api/keys", wish).await;
    assert_eq!(
        answer.error(),
        "409 CONFLICT you have 2 API keys, and nobody may have more; revoke one that is not needed"
    );
}

#[tokio::test]
async fn a_wrong_key_is_401_and_guessing_ends_soon() {
    let world = World::new().await;
    let program = world.root().await.program(&["read"]).await;
    let guesser = Person {
        key: Some(WRONG.into()),
        ..world.stranger()
    };
    for _ in 0..60 {
        assert_eq!(
            guesser.get("/api/jobs").await.error(),
            "401 UNAUTHORIZED Authentication required"
        );
    }
    assert_eq!(
        guesser.get("/api/jobs").await.error(),
        "429 RATE_LIMIT_EXCEEDED Too many requests"
    );
    // Whoever guesses learns nothing by guessing right.
    assert_eq!(program.get("/api/jobs").await.status, 429);
    world.clock.advance(Duration::from_mins(1));
    assert_eq!(program.get("/api/jobs").await.status, 200);
}

#[tokio::test]
async fn a_right_key_whose_user_gitlab_does_not_let_in_is_no_guess() {
    let world = World::with(|settings| settings.key_guesses.requests = 2).await;
    let root = world.root().await;
    let other = root.program(&["read"]).await;
    let dev = world.signed_in("dev-0001").await;
    let program = dev.program(&["read"]).await;
    let id = dev.get("/api/auth/session").await.json()["user"]["id"].clone();
    let block = format!("/api/gitlab/users/{id}/block");
    assert_eq!(root.post(&block, json!({})).await.status, 201);
    world.clock.advance(Duration::from_mins(6));
    world
        .until(async || (program.get("/api/jobs").await.status == 401).then_some(()))
        .await;
    for _ in 0..5 {
        assert_eq!(
            program.get("/api/jobs").await.error(),
            "401 UNAUTHORIZED Authentication required"
        );
    }
    assert_eq!(other.get("/api/jobs").await.status, 200, "from the same address");
}

#[tokio::test]
async fn a_wrong_key_is_not_saved_by_a_cookie_and_a_cookie_not_spoiled_by_a_proxys_password() {
    let world = World::new().await;
    let root = world.root().await;
    for (authorization, status) in [(format!("Bearer {WRONG}"), 401), ("Basic eDp5".to_owned(), 200)] {
        let answer = root
            .send(Method::GET, "/api/jobs", &[("authorization", &authorization)], "")
            .await;
        assert_eq!(answer.status, status, "{authorization}");
    }
    // Only the gateway takes a key as GitLab's clients send it.
    let program = root.program(&["read"]).await;
    let key = program.key.unwrap();
    let answer = world
        .stranger()
        .send(Method::GET, "/api/jobs", &[("private-token", &key)], "")
        .await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn a_job_made_with_a_key_goes_on_when_the_key_is_gone_and_nobody_is_signed_in() {
    let world = World::new().await;
    let root = world.root().await;
    let program = root.program(&["jobs"]).await;
    let mut wish = crate::world::groups(&["acme"]);
    wish["start"] = json!(false);
    let id = program.post("/api/jobs", wish).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    world.job_when(&program, &id, "planned").await;
    assert_eq!(
        program
            .post(&format!("/api/jobs/{id}/start"), json!({}))
            .await
            .status,
        200
    );
    let key = list(&root).await[0]["id"].as_str().unwrap().to_owned();
    root.delete(&format!("/api/keys/{key}")).await;
    let job = world.job_when(&root, &id, "completed").await;
    assert_eq!(
        (&job["successCount"], &job["user"]["username"]),
        (&json!(1), &json!("root"))
    );
}

#[tokio::test]
async fn a_key_outlives_a_change_of_the_servers_secret() {
    let world = World::new().await;
    let root = world.root().await;
    let program = root.program(&["read"]).await;
    let rotated = world
        .another_server_with(|settings| settings.vault = Vault::new(vec![8; 32], None).unwrap())
        .await;
    let there = |person: Person| Person {
        url: rotated.url.clone(),
        ..person
    };
    assert_eq!(there(root).get("/api/gitlab/user").await.status, 401);
    assert_eq!(there(program).get("/api/gitlab/user").await.status, 200);
}

#[tokio::test]
async fn the_database_holds_neither_key_nor_token() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::on_file(&directory.path().join("bulk.db")).await;
    let root = world.root().await;
    let program = root.program(&["read", "jobs", "gateway"]).await;
    let id = program.create_groups(&["acme"]).await;
    world.job_when(&program, &id, "completed").await;
    let (key, cookie, token) = (program.key.unwrap(), root.cookie.unwrap(), world.sim.root_token());

    let mut bytes = Vec::new();
    for file in std::fs::read_dir(directory.path()).unwrap() {
        bytes.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    let holds = |secret: &str| {
        bytes
            .windows(secret.len())
            .any(|window| window == secret.as_bytes())
    };
    assert!(holds("a program") && holds("acme"), "this is where the rows are");
    for secret in [&key, &key[4..], &cookie, &token, "glpat-"] {
        assert!(!holds(secret), "{}…", &secret[..6]);
    }
}

#[tokio::test]
async fn whoever_signed_in_long_ago_signs_in_again_before_making_a_key() {
    let world = World::new().await;
    let old = world.root().await;
    let wish = json!({ "name": "a program", "scopes": ["read"] });
    world.clock.advance(Duration::from_secs(14 * 60 + 40));
    let made = old.post("/api/keys", wish.clone()).await;
    assert_eq!(made.status, 201, "{}", made.text);
    world.clock.advance(Duration::from_secs(20));
    let answer = old.post("/api/keys", wish.clone()).await;
    assert_eq!(answer.error(), "403 FORBIDDEN Insufficient permissions");
    assert!(answer.text.contains("sign in again first"), "{}", answer.text);
    assert_eq!(list(&old).await.len(), 1);
    assert_eq!(world.root().await.post("/api/keys", wish).await.status, 201);
}

#[tokio::test]
async fn a_key_that_has_expired_stays_in_the_list_for_30_days() {
    let world = World::with(|settings| settings.tidy_every = Duration::from_millis(10)).await;
    let ends = domain::Clock::now(&*world.clock).plus(Duration::from_hours(1));
    let wish = json!({ "name": "a program", "scopes": ["read"], "expiresAt": ends.to_string() });
    let made = world.root().await.post("/api/keys", wish).await;
    assert_eq!(made.status, 201, "{}", made.text);
    world.clock.advance(Duration::from_hours(30 * 24));
    // A session is cleared away together with what is old.
    let root = world.root().await;
    world.clock.advance(Duration::from_mins(59));
    assert_eq!(list(&root).await.len(), 1);
    world.clock.advance(Duration::from_mins(1));
    world
        .until(async || list(&root).await.is_empty().then_some(()))
        .await;
}

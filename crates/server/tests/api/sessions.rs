use std::time::Duration;

use engine::vault::Vault;
use gitlab_sim::{Options, Simulator};
use reqwest::Method;
use serde_json::json;

use crate::live::Socket;
use crate::world::{Person, World};

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

#[tokio::test]
async fn somebody_signs_out_everywhere_and_others_stay() {
    let world = World::new().await;
    let (one, two) = (world.root().await, world.root().await);
    let other = world.signed_in("dev-0001").await;
    let (mut socket, _) = Socket::open(&world.stranger(), json!({ "sessionId": two.cookie }), &[]).await;
    let answer = one.delete("/api/auth/sessions").await;
    assert_eq!(answer.status, 204);
    assert!(answer.header("set-cookie").starts_with("gitlab_bulk_session=; "));
    assert_eq!(socket.next().await, "41");
    for ended in [&one, &two] {
        assert_eq!(ended.get("/api/jobs").await.status, 401);
    }
    assert_eq!(other.get("/api/jobs").await.status, 200);
    assert_eq!(world.stranger().delete("/api/auth/sessions").await.status, 401);
}

/// The sessions that somebody is shown.
async fn listed(person: &Person, path: &str) -> Vec<serde_json::Value> {
    let answer = person.get(path).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["sessions"].as_array().unwrap().clone()
}

#[tokio::test]
async fn somebody_sees_their_own_sessions_and_ends_one_of_them() {
    let world = World::new().await;
    let laptop = world.root().await;
    world.clock.advance(Duration::from_secs(1));
    let desk = world.root().await;
    world.signed_in("dev-0001").await;
    let (mut socket, _) = Socket::open(&world.stranger(), json!({ "sessionId": laptop.cookie }), &[]).await;

    let sessions = listed(&desk, "/api/auth/sessions").await;
    let [here, there] = &sessions[..] else {
        panic!("{sessions:?}")
    };
    assert_eq!(
        (&here["current"], &there["current"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(there["address"], "127.0.0.1");
    assert!(there["createdAt"].as_str() < here["createdAt"].as_str());
    let text = sessions.iter().map(ToString::to_string).collect::<String>();
    assert!(!text.contains(laptop.cookie.as_deref().unwrap()), "{text}");

    let other = format!("/api/auth/sessions/{}", there["id"].as_str().unwrap());
    assert_eq!(desk.delete(&other).await.status, 204);
    assert_eq!(socket.next().await, "41");
    assert_eq!(laptop.get("/api/jobs").await.status, 401);
    assert_eq!(
        desk.delete(&other).await.error(),
        "404 NOT_FOUND there is no such session"
    );
    assert_eq!(listed(&desk, "/api/auth/sessions").await.len(), 1);
    let audit = desk
        .get("/api/audit?action=session_end&outcome=succeeded")
        .await
        .json();
    let target = format!("session {}", there["id"].as_str().unwrap());
    assert_eq!(audit["entries"][0]["target"], target);
}

#[tokio::test]
async fn nobody_ends_the_session_of_another_and_no_key_any() {
    let world = World::new().await;
    let (one, other) = (
        world.signed_in("dev-0001").await,
        world.signed_in("dev-0002").await,
    );
    let id = listed(&other, "/api/auth/sessions").await[0]["id"].clone();
    let theirs = format!("/api/auth/sessions/{}", id.as_str().unwrap());
    assert_eq!(
        one.delete(&theirs).await.error(),
        "404 NOT_FOUND there is no such session"
    );
    let program = other.program(&["read", "jobs", "gateway"]).await;
    assert_eq!(program.delete(&theirs).await.status, 403);
    assert_eq!(program.get("/api/auth/sessions").await.status, 403);
    assert_eq!(other.get("/api/jobs").await.status, 200);
}

#[tokio::test]
async fn whoever_signed_in_long_ago_signs_in_again_before_ending_other_sessions() {
    let world = World::new().await;
    let (old, other, third) = (world.root().await, world.root().await, world.root().await);
    let (leaving, phone) = (
        world.signed_in("dev-0001").await,
        world.signed_in("dev-0001").await,
    );
    world.clock.advance(Duration::from_secs(14 * 60 + 40));
    let current = |one: &serde_json::Value| one["current"] == true;
    let of_third = listed(&third, "/api/auth/sessions").await;
    let of_third = of_third.into_iter().find(current).unwrap()["id"].clone();
    let ends = format!("/api/auth/sessions/{}", of_third.as_str().unwrap());
    assert_eq!(old.delete(&ends).await.status, 204);
    assert_eq!(third.get("/api/jobs").await.status, 401);
    assert_eq!(leaving.delete("/api/auth/sessions").await.status, 204);
    assert_eq!(phone.get("/api/jobs").await.status, 401);

    world.clock.advance(Duration::from_secs(20));
    let sessions = listed(&old, "/api/auth/sessions").await;
    let id = |current: bool| {
        let found = sessions.iter().find(|one| one["current"] == current).unwrap();
        format!("/api/auth/sessions/{}", found["id"].as_str().unwrap())
    };
    for refused in [id(false), "/api/auth/sessions".to_owned()] {
        let answer = old.delete(&refused).await;
        assert_eq!(answer.error(), "403 FORBIDDEN Insufficient permissions");
        assert!(answer.text.contains("sign in again first"), "{}", answer.text);
    }
    let fresh = world.root().await;
    assert_eq!(fresh.delete(&id(false)).await.status, 204);
    assert_eq!(other.get("/api/jobs").await.status, 401);
    // One's own session may always be left.
    assert_eq!(old.delete(&id(true)).await.status, 204);
    assert_eq!(old.get("/api/jobs").await.status, 401);
}

#[tokio::test]
async fn an_administrator_ends_the_sessions_of_a_user_of_their_instance() {
    let world = World::new().await;
    let (root, dev) = (world.root().await, world.signed_in("dev-0001").await);
    let bystander = world.signed_in("dev-0002").await;
    let number = dev.get("/api/auth/session").await.json()["user"]["id"].clone();
    let theirs = format!("/api/users/{number}/sessions");
    let (mut socket, _) = Socket::open(&world.stranger(), json!({ "sessionId": dev.cookie }), &[]).await;
    for refused in [&dev, &bystander, &root.program(&["jobs"]).await] {
        assert_eq!(refused.get(&theirs).await.status, 403);
        assert_eq!(refused.delete(&theirs).await.status, 403);
    }
    let sessions = listed(&root, &theirs).await;
    assert_eq!((sessions.len(), &sessions[0]["current"]), (1, &json!(false)));

    let answer = root.delete(&theirs).await;
    assert_eq!(
        (answer.status.as_u16(), answer.json()),
        (200, json!({ "ended": 1 }))
    );
    assert_eq!(socket.next().await, "41");
    assert_eq!(dev.get("/api/jobs").await.status, 401);
    assert_eq!(bystander.get("/api/jobs").await.status, 200);
    assert_eq!(root.delete(&theirs).await.json(), json!({ "ended": 0 }));
    let audit = root
        .get("/api/audit?action=user_sign_out&outcome=succeeded")
        .await
        .json();
    let first = audit["entries"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&first["username"], &first["target"], &first["details"]),
        (
            &json!("root"),
            &json!(format!("user {number}")),
            &json!({ "ended": 1 })
        )
    );
}

#[tokio::test]
async fn of_too_many_sessions_the_one_that_was_used_longest_ago_ends() {
    let world = World::with(|settings| settings.sessions_per_user = 2).await;
    let first = world.root().await;
    world.clock.advance(Duration::from_secs(1));
    let second = world.root().await;
    world.clock.advance(Duration::from_secs(1));
    let third = world.root().await;
    let mut statuses = Vec::new();
    for person in [&first, &second, &third] {
        statuses.push(person.get("/api/jobs").await.status.as_u16());
    }
    assert_eq!(statuses, [401, 200, 200]);
}

#[tokio::test]
async fn in_production_the_cookie_is_for_this_host_over_tls_only() {
    let world = World::with(|settings| settings.production = true).await;
    let mut person = world.stranger();
    let login = person.log_in(world.sim.url(), &world.sim.root_token()).await;
    let cookie = login.header("set-cookie").to_owned();
    assert!(cookie.starts_with("__Host-gitlab_bulk_session="), "{cookie}");
    assert!(
        cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict; Max-Age=86400; Secure"),
        "{cookie}"
    );
    // The name without the prefix could have been set by a neighbour.
    assert_eq!(person.get("/api/jobs").await.status, 401);
    let value = cookie.split(';').next().unwrap();
    let answer = world
        .stranger()
        .send(Method::GET, "/api/jobs", &[("cookie", value)], "")
        .await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_cookie_from_before_a_login_is_not_the_one_after_it() {
    let world = World::new().await;
    let mut victim = world.stranger();
    victim.cookie = Some("chosen-by-somebody-else".into());
    assert_eq!(
        victim
            .log_in(world.sim.url(), &world.sim.root_token())
            .await
            .status,
        200
    );
    assert_ne!(victim.cookie.as_deref(), Some("chosen-by-somebody-else"));
    let mut attacker = world.stranger();
    attacker.cookie = Some("chosen-by-somebody-else".into());
    assert_eq!(attacker.get("/api/jobs").await.status, 401);
}

#[tokio::test]
async fn a_session_outlives_a_change_of_the_secret_while_the_previous_one_is_known() {
    let world = World::new().await;
    let root = world.root().await;
    for (previous, status) in [(Some(vec![7; 32]), 200), (None, 401)] {
        let rotated = world
            .another_server_with(|settings| settings.vault = Vault::new(vec![8; 32], previous).unwrap())
            .await;
        let there = Person {
            url: rotated.url.clone(),
            ..root.clone()
        };
        assert_eq!(there.get("/api/jobs").await.status, status);
    }
}

#[tokio::test]
async fn a_token_that_may_only_read_is_told_so_before_anything_is_sent() {
    let world = World::new().await;
    let root = world.root().await;
    let wish = json!({ "name": "reader", "scopes": ["read_api"] });
    let token = root
        .post("/api/gitlab/users/1/personal_access_tokens", wish)
        .await
        .json();
    let mut reader = world.stranger();
    let login = reader
        .log_in(world.sim.url(), token["token"].as_str().unwrap())
        .await;
    assert_eq!(login.json()["user"]["permissions"], json!([]));
    let asked = world.sim.stats().requests.total;
    for (path, body) in [
        ("/api/gitlab/groups", json!({ "name": "acme", "path": "acme" })),
        ("/api/jobs", crate::world::groups(&["acme"])),
    ] {
        let refused = reader.post(path, body).await;
        assert_eq!(
            refused.error(),
            "403 FORBIDDEN Insufficient permissions",
            "{path}"
        );
    }
    assert_eq!(world.sim.stats().requests.total, asked);
    assert_eq!(reader.get("/api/gitlab/user").await.status, 200);
}

#[tokio::test]
async fn whoever_is_no_administrator_any_more_sees_what_is_others_no_more() {
    let world = World::new().await;
    let root = world.root().await;
    root.create_groups(&["acme"]).await;
    let users = root.get("/api/gitlab/users?username=dev-0001").await.json();
    let dev = format!("/api/gitlab/users/{}", users[0]["id"]);
    let appoint = async |admin: bool| {
        let body = json!({ "admin": admin }).to_string();
        let kind = [("content-type", "application/json")];
        let answer = root.send(Method::PUT, &dev, &kind, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    };
    appoint(true).await;
    let person = world.signed_in("dev-0001").await;
    let jobs = async || {
        person.get("/api/jobs").await.json()["jobs"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(jobs().await, 1);
    appoint(false).await;
    world.clock.advance(Duration::from_mins(6));
    // A session is taken from memory for some seconds.
    world.until(async || (jobs().await == 0).then_some(())).await;
    let session = person.get("/api/auth/session").await.json();
    assert_eq!(
        (&session["user"]["isAdmin"], &session["user"]["role"]),
        (&json!(false), &json!("none"))
    );
}

#[tokio::test]
async fn whoever_gitlab_does_not_let_in_any_more_is_let_in_no_more() {
    let world = World::new().await;
    let root = world.root().await;
    let users = root.get("/api/gitlab/users?username=dev-0001").await.json();
    let dev = format!("/api/gitlab/users/{}", users[0]["id"]);
    let kind = [("content-type", "application/json")];
    let admin = json!({ "admin": true }).to_string();
    assert_eq!(root.send(Method::PUT, &dev, &kind, &admin).await.status, 200);
    let person = world.signed_in("dev-0001").await;
    let program = person.program(&["read"]).await;
    assert_eq!(program.get("/api/jobs").await.status, 200);
    let mut socket = Socket::connected(&person).await;

    assert_eq!(root.post(&format!("{dev}/block"), json!({})).await.status, 201);
    world.clock.advance(Duration::from_mins(6));
    for who in [&person, &program] {
        let refused = async || (who.get("/api/jobs").await.status == 401).then_some(());
        world.until(refused).await;
        assert_eq!(who.get("/api/audit").await.status, 401);
    }
    world.clock.advance(Duration::from_secs(31));
    let word = socket.next().await;
    assert!(word == "41" || word == "1", "closed: {word}");

    assert_eq!(root.post(&format!("{dev}/unblock"), json!({})).await.status, 201);
    world.clock.advance(Duration::from_mins(2));
    assert_eq!(
        person.get("/api/jobs").await.status,
        200,
        "they are the same person again"
    );
}

#[tokio::test]
async fn who_is_an_administrator_elsewhere_is_none_here() {
    let world = World::new().await;
    let dev = world.signed_in("dev-0001").await;
    let program = dev.program(&["read"]).await;
    world.root().await.create_groups(&["acme"]).await;

    // Another GitLab where the same text is the token of the same number, who is its administrator.
    let other = Simulator::start_with(Options::empty().users(1)).await.unwrap();
    let root = world.server.signed_in(&other, "root").await;
    let users = root.get("/api/gitlab/users?username=dev-0001").await.json();
    let path = format!("/api/gitlab/users/{}", users[0]["id"]);
    let kind = [("content-type", "application/json")];
    let admin = json!({ "admin": true }).to_string();
    assert_eq!(root.send(Method::PUT, &path, &kind, &admin).await.status, 200);
    let there = world.server.signed_in(&other, "dev-0001").await;
    let (here, there) = (
        dev.get("/api/auth/session").await.json(),
        there.get("/api/auth/session").await.json(),
    );
    assert_eq!(here["user"]["id"], there["user"]["id"]);
    assert_eq!(there["user"]["isAdmin"], true);

    assert_eq!(program.get("/api/jobs").await.json()["jobs"], json!([]));
}

#[tokio::test]
async fn a_folder_of_an_allowed_host_is_no_gitlab() {
    let world = World::new().await;
    let before = world.sim.journal(0).len();
    let mut stranger = world.stranger();
    let folder = format!("{}/me/repo/-/raw/main", world.sim.url());
    let answer = stranger.log_in(&folder, "glpat-sim-root").await;
    assert_eq!(answer.status, 403, "{}", answer.text);
    assert!(answer.text.contains("GITLAB_ALLOWED_HOSTS"), "{}", answer.text);
    assert_eq!(world.sim.journal(0).len(), before);
}

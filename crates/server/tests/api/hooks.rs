//! What GitLab tells by itself.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::live::Socket;
use crate::world::{Answer, Person, World};

const SECRET: &str = "a secret of sixteen bytes or more";

async fn world() -> World {
    World::with(|settings| {
        settings.webhooks.secrets = vec![SECRET.into(), "the one from before".into()];
        settings.webhooks.instance = "https://gitlab.com".parse().unwrap();
    })
    .await
}

/// Sends a message as GitLab does.
async fn send(world: &World, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut all = vec![
        ("content-type", "application/json"),
        ("x-gitlab-event", "System Hook"),
        ("x-gitlab-instance", world.sim.url()),
        ("x-gitlab-token", SECRET),
    ];
    all.retain(|(name, _)| !headers.iter().any(|(other, _)| other == name));
    all.extend(headers.iter().filter(|(_, value)| !value.is_empty()));
    let hook = world.stranger();
    hook.send(Method::POST, "/api/webhooks/gitlab", &all, body).await
}

fn renamed(id: u64) -> Value {
    json!({
        "event_name": "group_rename", "name": "Acme", "path": "acme", "full_path": "acme", "group_id": id,
        "old_path": "acme", "old_full_path": "acme",
    })
}

/// Gives a group another path, past our server.
async fn rename_at_gitlab(world: &World, group: u64, path: &str) {
    let address = format!("{}/api/v4/groups/{group}", world.sim.url());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client
        .put(address)
        .header("private-token", world.sim.root_token())
        .json(&json!({ "path": path }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
}

/// Whether an answer is asked for, or kept by now.
async fn cache(person: &Person, path: &str) -> String {
    person.get(path).await.header("x-cache").to_owned()
}

async fn keep(world: &World, person: &Person, path: &str) {
    world
        .until(async || (cache(person, path).await == "HIT").then_some(()))
        .await;
}

/// A group that everybody may see.
async fn group(person: &Person, path: &str) -> u64 {
    let group = json!({ "name": path, "path": path, "visibility": "public" });
    let answer = person.post("/api/gitlab/groups", group).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()["id"].as_u64().unwrap()
}

#[tokio::test]
async fn without_a_secret_there_is_nothing_here() {
    let world = World::new().await;
    let answer = send(&world, &[], "{}").await;
    assert_eq!(
        answer.error(),
        "404 NOT_FOUND there is nothing at this address; GITLAB_WEBHOOK_SECRET turns GitLab's hooks on"
    );
}

#[tokio::test]
async fn overviews_show_what_a_hook_tells_of() {
    let world = world().await;
    let root = world.root().await;
    let counted = async || root.get("/api/stats/overview").await.json()["groups"]["total"].clone();
    assert_eq!(counted().await, 0);
    let made = Person {
        url: world.sim.url().to_owned(),
        ..world.stranger()
    };
    let token = world.sim.root_token();
    let token = [
        ("private-token", token.as_str()),
        ("content-type", "application/json"),
    ];
    let body = r#"{"name":"acme","path":"acme"}"#;
    let made = made.send(Method::POST, "/api/v4/groups", &token, body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(counted().await, 0, "nobody has told of it");
    let told = json!({
        "event_name": "group_create", "name": "acme", "path": "acme", "full_path": "acme",
        "group_id": made.json()["id"],
    });
    assert_eq!(send(&world, &[], &told.to_string()).await.status, 200);
    assert_eq!(counted().await, 1);
}

#[tokio::test]
async fn only_who_knows_the_secret_is_believed_and_who_guesses_is_slowed_down() {
    let world = World::with(|settings| {
        settings.webhooks.secrets = vec![SECRET.into()];
        settings.key_guesses.requests = 3;
    })
    .await;
    let root = world.root().await;
    keep(&world, &root, "/api/gitlab/groups").await;
    for wrong in ["", "a guess", "a secret of sixteen bytes or mor"] {
        let answer = send(&world, &[("x-gitlab-token", wrong)], &renamed(1).to_string()).await;
        assert_eq!(answer.error(), "401 UNAUTHORIZED Authentication required");
        assert!(!answer.text.contains(SECRET));
    }
    let answer = send(&world, &[("x-gitlab-token", "again")], "{}").await;
    assert_eq!(answer.status, 429);
    assert!(answer.header("retry-after").parse::<u64>().unwrap() > 0);
    assert_eq!(cache(&root, "/api/gitlab/groups").await, "HIT");
    // GitLab itself, from the same address, is let in.
    let answer = send(&world, &[], &renamed(1).to_string()).await;
    assert_eq!(
        (answer.status.as_u16(), answer.json()),
        (200, json!({ "outcome": "taken" }))
    );
    assert_eq!(cache(&root, "/api/gitlab/groups").await, "MISS");
}

#[tokio::test]
async fn the_secret_from_before_is_good_while_it_is_being_changed() {
    let world = world().await;
    let answer = send(&world, &[("x-gitlab-token", "the one from before")], "{}").await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn what_is_not_about_groups_projects_or_members_is_fine_and_ignored() {
    let world = world().await;
    let root = world.root().await;
    keep(&world, &root, "/api/gitlab/groups").await;
    for body in [
        r#"{"object_kind":"push","project_id":7}"#,
        r#"{"event_name":"something_new","group_id":7}"#,
        r#"{"event_name":"project_create","project_id":"\u0000"}"#,
        "not JSON at all",
        "",
    ] {
        let answer = send(&world, &[], body).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()),
            (200, json!({ "outcome": "ignored" })),
            "{body}"
        );
    }
    assert_eq!(cache(&root, "/api/gitlab/groups").await, "HIT");
}

#[tokio::test]
async fn what_is_too_large_or_from_nowhere_is_refused() {
    let world = world().await;
    let answer = send(&world, &[], &" ".repeat(1024 * 1024 + 1)).await;
    assert_eq!(
        (answer.status.as_u16(), answer.json()["error"]["code"].clone()),
        (413, json!("PAYLOAD_TOO_LARGE"))
    );
    let answer = send(&world, &[("x-gitlab-instance", "gitlab")], "{}").await;
    assert_eq!(answer.json()["error"]["details"][0]["field"], "X-Gitlab-Instance");
    assert_eq!(answer.status, 400);
    let answer = send(
        &world,
        &[("x-gitlab-instance", "https://elsewhere.example")],
        "{}",
    )
    .await;
    assert_eq!(answer.status, 403, "{}", answer.text);
}

#[tokio::test]
async fn a_message_of_one_instance_leaves_what_another_has_answered() {
    let world = world().await;
    let root = world.root().await;
    keep(&world, &root, "/api/gitlab/groups").await;
    for instance in ["https://gitlab.com", ""] {
        let answer = send(
            &world,
            &[("x-gitlab-instance", instance)],
            &renamed(1).to_string(),
        )
        .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    assert_eq!(cache(&root, "/api/gitlab/groups").await, "HIT");
}

#[tokio::test]
async fn a_message_that_comes_twice_is_told_once_and_drops_what_was_kept_again() {
    let world = world().await;
    let root = world.root().await;
    let acme = group(&root, "acme").await;
    world.clock.advance(Duration::from_secs(2));
    let mut socket = Socket::connected(&root).await;
    socket
        .ask("subscribe:groups", json!({ "groupIds": [acme] }))
        .await;
    let id = [("idempotency-key", "e5eaa373-7358-400b-847f-cca1e9869287")];
    let body = renamed(acme).to_string();
    assert_eq!(
        send(&world, &id, &body).await.json(),
        json!({ "outcome": "taken" })
    );
    world.clock.advance(Duration::from_secs(2));
    keep(&world, &root, "/api/gitlab/groups").await;
    assert_eq!(
        send(&world, &id, &body).await.json(),
        json!({ "outcome": "repeated" })
    );
    assert_eq!(cache(&root, "/api/gitlab/groups").await, "MISS");
    let next = [("webhook-id", "the next")];
    let gone = json!({ "event_name": "group_destroy", "name": "Acme", "path": "acme", "group_id": acme });
    send(&world, &next, &gone.to_string()).await;
    assert_eq!(socket.event().await.0, "group:updated");
    assert_eq!(socket.event().await.0, "group:deleted");
}

#[tokio::test]
async fn what_others_do_at_gitlab_is_told_to_those_who_follow_and_to_nobody_else() {
    let world = world().await;
    let (root, follower) = (world.root().await, world.signed_in("dev-0001").await);
    let acme = group(&root, "acme").await;
    let secret = {
        let group = json!({ "name": "Secret", "path": "secret", "visibility": "private" });
        root.post("/api/gitlab/groups", group).await.json()["id"].clone()
    };
    // The hook of an administrator, as GitLab has it.
    let receiver = format!("{}/api/webhooks/gitlab", world.server.url);
    let hook = json!({ "url": receiver, "token": SECRET, "enable_ssl_verification": false });
    let answer = root.post("/api/gitlab/hooks", hook).await;
    assert_eq!(answer.status, 201, "{}", answer.text);

    let mut socket = Socket::connected(&follower).await;
    let answer = socket
        .ask("subscribe:groups", json!({ "groupIds": [acme, secret] }))
        .await;
    assert_eq!(answer, json!({ "ok": [acme], "refused": [secret] }));

    // Nothing of what follows passes through the server.
    let outside = Person {
        url: format!("{}/api/v4", world.sim.url()),
        cookie: None,
        key: Some(world.sim.token_of("root")),
        ..root.clone()
    };
    let hidden = outside
        .post(
            "/projects",
            json!({ "name": "Hidden", "path": "hidden", "namespace_id": secret }),
        )
        .await;
    assert_eq!(hidden.status, 201, "{}", hidden.text);
    let site = outside
        .post(
            "/projects",
            json!({ "name": "Site", "path": "site", "namespace_id": acme, "visibility": "private" }),
        )
        .await;
    assert_eq!(site.status, 201, "{}", site.text);
    let (event, said) = socket.event().await;
    // Of what is in the group, only that it is there: it may be nothing that the follower may see.
    assert_eq!(
        (event.as_str(), &said["project"]),
        (
            "project:created",
            &json!({ "id": site.json()["id"], "parentPath": "acme" })
        )
    );

    let users = outside.get("/users?username=dev-0001").await.json();
    let member = json!({ "user_id": users[0]["id"], "access_level": 30 });
    let answer = outside.post(&format!("/groups/{acme}/members"), member).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let (event, said) = socket.event().await;
    assert_eq!(
        (
            event.as_str(),
            &said["groupId"],
            &said["member"]["username"],
            &said["member"]["accessLevel"]
        ),
        ("member:added", &json!(acme), &json!("dev-0001"), &json!(30))
    );
    assert!(!said.to_string().contains('@'), "{said}");
}

#[tokio::test]
async fn followers_go_along_with_a_group_that_is_renamed_and_with_those_below_it() {
    let world = world().await;
    let (root, follower) = (world.root().await, world.signed_in("dev-0001").await);
    let acme = group(&root, "acme").await;
    let web = {
        let group = json!({ "name": "web", "path": "web", "parent_id": acme, "visibility": "public" });
        root.post("/api/gitlab/groups", group).await.json()["id"].clone()
    };
    let mut socket = Socket::connected(&follower).await;
    let both = json!({ "groupIds": [acme, web] });
    socket.ask("subscribe:groups", both).await;
    let tell = async |message: Value| {
        let answer = send(&world, &[], &message.to_string()).await;
        assert_eq!(answer.json(), json!({ "outcome": "taken" }));
    };
    let project = |id: u64, path: &str| {
        json!({ "event_name": "project_create", "name": "x", "path": "x", "project_id": id,
            "path_with_namespace": path, "project_visibility": "private" })
    };
    let renamed = |from: &str, to: &str| {
        json!({ "event_name": "group_rename", "name": "Acme", "path": to, "full_path": to, "group_id": acme,
            "old_path": from, "old_full_path": from })
    };

    rename_at_gitlab(&world, acme, "zenith").await;
    tell(renamed("acme", "zenith")).await;
    assert_eq!(socket.event().await.0, "group:updated");
    // Somebody else takes the old path, and all that was below it.
    tell(project(1, "acme/x")).await;
    tell(project(2, "acme/web/x")).await;
    tell(project(3, "zenith/x")).await;
    tell(project(4, "zenith/web/x")).await;
    let mut heard = Vec::new();
    for _ in 0..2 {
        let (event, said) = socket.event().await;
        assert_eq!(event, "project:created");
        heard.push((
            said["project"]["id"].clone(),
            said["project"]["parentPath"].clone(),
        ));
    }
    let new = [(json!(3), json!("zenith")), (json!(4), json!("zenith/web"))];
    assert_eq!(heard, new);

    // What is left after a move is left where it is now.
    let answer = socket
        .ask("unsubscribe:groups", json!({ "groupIds": [web] }))
        .await;
    assert_eq!(answer["ok"], json!([web]));
    tell(project(5, "zenith/web/y")).await;
    tell(project(6, "zenith/y")).await;
    assert_eq!(socket.event().await.1["project"]["id"], 6);
}

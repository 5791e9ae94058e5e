use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::world_with_groups;
use crate::world::{Person, World};

/// Whether an answer is asked for, or kept by now.
async fn cache(person: &Person, path: &str) -> String {
    person.get(path).await.header("x-cache").to_owned()
}

/// Asks until the answer is kept.
async fn keep(world: &World, person: &Person, path: &str) {
    world
        .until(async || (cache(person, path).await == "HIT").then_some(()))
        .await;
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
async fn an_answer_is_kept_no_longer_than_it_was_configured() {
    let seconds = Duration::from_secs;
    let world = World::with(|settings| settings.cache = Some(seconds(60))).await;
    let root = world.root().await;
    keep(&world, &root, "/api/gitlab/groups").await;
    world.clock.advance(seconds(50));
    assert_eq!(cache(&root, "/api/gitlab/groups").await, "HIT");
    world.clock.advance(seconds(11));
    assert_eq!(cache(&root, "/api/gitlab/groups").await, "MISS");
}

#[tokio::test]
async fn nobody_is_given_what_another_credential_was_answered() {
    let world = world_with_groups().await;
    let (root, other) = (world.root().await, world.signed_in("dev-0001").await);
    world
        .until(async || (root.get("/api/gitlab/groups/acme").await.header("x-cache") == "HIT").then_some(()))
        .await;
    let answer = other.get("/api/gitlab/groups/acme").await;
    assert_eq!((answer.status.as_u16(), answer.header("x-cache")), (404, ""));
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
async fn a_write_to_one_project_leaves_the_answers_about_others() {
    let world = world_with_groups().await;
    let root = world.root().await;
    for path in ["one", "two"] {
        let answer = root
            .post("/api/gitlab/projects", json!({ "name": path, "path": path }))
            .await;
        assert_eq!(answer.status, 201, "{}", answer.text);
    }
    world.clock.advance(Duration::from_secs(2));
    let asked = [
        "/api/gitlab/projects/root%2Fone/variables",
        "/api/gitlab/projects/root%2Ftwo/variables",
        "/api/gitlab/projects",
        "/api/gitlab/groups/acme",
    ];
    for path in asked {
        keep(&world, &root, path).await;
    }
    let answer = root
        .post(
            "/api/gitlab/projects/root%2Fone/variables",
            json!({ "key": "A", "value": "b" }),
        )
        .await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let mut after = Vec::new();
    for path in asked {
        after.push(cache(&root, path).await);
    }
    assert_eq!(after, ["MISS", "HIT", "MISS", "MISS"]);
}

#[tokio::test]
async fn what_gitlab_does_later_is_not_kept_meanwhile() {
    let world = world_with_groups().await;
    let root = world.root().await;
    keep(&world, &root, "/api/gitlab/groups").await;
    let answer = root.delete("/api/gitlab/groups/gamma").await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    world.clock.advance(Duration::from_secs(30));
    for _ in 0..3 {
        assert_eq!(cache(&root, "/api/gitlab/groups").await, "MISS");
    }
    world.clock.advance(Duration::from_secs(40));
    keep(&world, &root, "/api/gitlab/groups").await;
}

#[tokio::test]
async fn a_job_makes_what_was_kept_untrue() {
    let world = world_with_groups().await;
    let root = world.root().await;
    keep(&world, &root, "/api/gitlab/groups").await;
    let id = root.create_groups(&["delta"]).await;
    world.job_when(&root, &id, "completed").await;
    let after = root.get("/api/gitlab/groups").await;
    assert_eq!((after.header("x-cache"), after.header("x-total")), ("MISS", "5"));
}

#[tokio::test]
async fn partial_and_conditional_answers_and_heads_pass_and_are_not_kept() {
    let world = world_with_groups().await;
    let root = world.root().await;
    for _ in 0..2 {
        let head = root.send(Method::HEAD, "/api/gitlab/groups", &[], "").await;
        assert_eq!(
            (head.status.as_u16(), head.text.as_str(), head.header("x-cache")),
            (200, "", "")
        );
        assert_eq!(head.header("x-total"), "4");
    }
    let tag = root
        .get("/api/gitlab/groups/beta")
        .await
        .header("etag")
        .to_owned();
    let answer = root
        .send(
            Method::GET,
            "/api/gitlab/groups/beta",
            &[("if-none-match", &tag), ("cache-control", "no-cache")],
            "",
        )
        .await;
    assert_eq!((answer.status.as_u16(), answer.header("x-cache")), (304, "MISS"));
}

#[tokio::test]
async fn nothing_is_kept_where_the_cache_is_off() {
    let world = World::with(|settings| settings.cache = None).await;
    let root = world.root().await;
    for _ in 0..2 {
        assert_eq!(cache(&root, "/api/gitlab/version").await, "");
    }
}

#[tokio::test]
async fn a_question_of_graphql_drops_nothing_and_a_mutation_everything() {
    let world = world_with_groups().await;
    let root = world.root().await;
    keep(&world, &root, "/api/gitlab/groups").await;
    let ask = async |query: &str| {
        let answer = root.post("/api/gitlab/graphql", json!({ "query": query })).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    };
    let answer = ask("{ currentUser { username } } # mutation").await;
    assert_eq!(answer["data"]["currentUser"]["username"], "root");
    assert_eq!(cache(&root, "/api/gitlab/groups").await, "HIT");
    // Whatever GitLab makes of it.
    ask("mutation { groupUpdate(input: {}) { errors } }").await;
    assert_eq!(cache(&root, "/api/gitlab/groups").await, "MISS");
}

#[tokio::test]
async fn a_job_drops_what_it_makes_untrue_and_nothing_else() {
    let world = world_with_groups().await;
    let root = world.root().await;
    let mut ids = Vec::new();
    for path in ["one", "two"] {
        let made = root
            .post("/api/gitlab/projects", json!({ "name": path, "path": path }))
            .await;
        ids.push(made.json()["id"].as_u64().unwrap());
    }
    world.clock.advance(Duration::from_secs(2));
    let asked: Vec<String> = ids
        .iter()
        .map(|id| format!("/api/gitlab/projects/{id}/variables"))
        .collect();
    for path in &asked {
        keep(&world, &root, path).await;
    }
    let body = json!({
        "type": "bulk_set_variables",
        "data": { "items": [{ "project": ids[0], "key": "KEY", "value": "value-of-eight" }] },
    });
    let made = root.post("/api/jobs", body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    world
        .job_when(&root, made.json()["id"].as_str().unwrap(), "completed")
        .await;
    let after = [cache(&root, &asked[0]).await, cache(&root, &asked[1]).await];
    assert_eq!(after, ["MISS", "HIT"]);
    // What is new is in lists.
    keep(&world, &root, "/api/gitlab/groups?per_page=2").await;
    let id = root.create_groups(&["delta"]).await;
    world.job_when(&root, &id, "completed").await;
    let after = [
        cache(&root, "/api/gitlab/groups?per_page=2").await,
        cache(&root, &asked[1]).await,
    ];
    assert_eq!(after, ["MISS", "HIT"]);
}

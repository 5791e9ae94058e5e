//! Answers that one node has kept, and what others write.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::Pair;
use crate::world::Person;

const PROJECTS: &str = "/api/gitlab/groups?search=acme";

/// Whether it came from memory, and the names in it.
async fn groups(person: &Person) -> (String, Vec<String>) {
    let answer = person.get(PROJECTS).await;
    let found = answer.json();
    let names = found.as_array().unwrap().iter();
    let names = names
        .map(|group| group["path"].as_str().unwrap().to_owned())
        .collect();
    (answer.header("x-cache").to_owned(), names)
}

#[tokio::test]
async fn what_is_written_through_one_node_is_not_hidden_by_the_other() {
    let Some(pair) = Pair::new().await else { return };
    let here = pair.world.root().await;
    let there = pair.at_other(&here);
    pair.world
        .until(async || (groups(&there).await.0 == "HIT").then_some(()))
        .await;
    let body = r#"{"name":"acme","path":"acme"}"#;
    let json = [("content-type", "application/json")];
    let made = here.send(Method::POST, "/api/gitlab/groups", &json, body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let found = pair
        .at_once(async || Some(groups(&there).await.1).filter(|names| !names.is_empty()))
        .await;
    assert_eq!(found, ["acme"]);
}

#[tokio::test]
async fn what_a_job_changes_is_not_hidden_by_the_node_that_does_not_run_it() {
    let Some(pair) = Pair::new().await else { return };
    let here = pair.world.root().await;
    let there = pair.at_other(&here);
    pair.world
        .until(async || (groups(&there).await.0 == "HIT").then_some(()))
        .await;
    let id = here.create_groups(&["acme"]).await;
    pair.world.job_when(&here, &id, "completed").await;
    let found = pair
        .at_once(async || Some(groups(&there).await.1).filter(|names| !names.is_empty()))
        .await;
    assert_eq!(found, ["acme"]);
}

#[tokio::test]
async fn what_one_node_does_shows_in_the_overviews_of_the_other() {
    let Some(mut pair) = Pair::new().await else { return };
    let here = pair.world.root().await;
    let there = pair.at_other(&here);
    let counted = async || {
        let overview = there.get("/api/stats/overview").await.json();
        overview["groups"]["total"].as_u64().unwrap()
    };
    // Past the server: nobody tells of it.
    let at_gitlab = Person {
        url: pair.world.sim.url().to_owned(),
        ..pair.world.stranger()
    };
    let token = pair.world.sim.root_token();
    let made_at_gitlab = async |path: &str| {
        let headers = [
            ("content-type", "application/json"),
            ("private-token", token.as_str()),
        ];
        let body = json!({ "name": path, "path": path }).to_string();
        let made = at_gitlab
            .send(Method::POST, "/api/v4/groups", &headers, &body)
            .await;
        assert_eq!(made.status, 201, "{}", made.text);
    };
    // A write is shown by nothing that was asked for within its second.
    let is_kept_again = || pair.world.clock.advance(Duration::from_secs(2));

    assert_eq!(counted().await, 0);
    made_at_gitlab("unheard-of").await;
    assert_eq!(counted().await, 0);
    let through_us = json!({ "name": "acme", "path": "acme" });
    assert_eq!(here.post("/api/gitlab/groups", through_us).await.status, 201);
    pair.at_once(async || (counted().await == 2).then_some(())).await;

    is_kept_again();
    assert_eq!(counted().await, 2);
    made_at_gitlab("unheard-of-too").await;
    assert_eq!(counted().await, 2);
    let id = here.create_groups(&["beta"]).await;
    pair.world.job_when(&here, &id, "completed").await;
    pair.at_once(async || (counted().await == 4).then_some(())).await;

    is_kept_again();
    assert_eq!(counted().await, 4);
    pair.redis.end();
    pair.when_redis_is(false).await;
    // Nobody could tell of it now.
    made_at_gitlab("unheard-of-as-well").await;
    assert_eq!(counted().await, 5);
}

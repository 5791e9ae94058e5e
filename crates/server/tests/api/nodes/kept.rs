//! Answers that one node has kept, and what others write.

use reqwest::Method;

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

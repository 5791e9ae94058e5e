//! A state that survives.

use gitlab_sim::{Options, Simulator, StartError};
use serde_json::json;

use crate::client::Lab;

#[tokio::test]
async fn a_state_file_brings_everything_back_and_ids_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let options = || Options::empty().users(3).state_file(&file);

    let lab = Lab::with(options()).await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    lab.member(&format!("projects/{site}"), 1, 30).await;
    let before = lab.gitlab.estate();
    lab.gitlab.stop().await;

    // The seed of the second start is not looked at.
    let lab = Lab::with(options().groups(5)).await;
    assert_eq!(lab.gitlab.estate(), before);
    assert_eq!(lab.dev(1).get("/projects/acme%2Fsite").await.body["id"], site);
    assert_eq!(lab.project(acme, "next", "private").await, site + 1);
    let answer = lab
        .root()
        .post("/groups", json!({"name": "A", "path": "acme"}))
        .await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn a_file_that_is_something_else_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    std::fs::write(&file, "not a state").unwrap();
    let error = Simulator::start_with(Options::empty().state_file(&file))
        .await
        .unwrap_err();
    assert!(matches!(error, StartError::State { .. }));
    assert!(error.to_string().contains("state.json"), "{error}");
}

#[tokio::test]
async fn an_address_in_use_stops_the_start() {
    let lab = Lab::start().await;
    let error = Simulator::start_with(Options::empty().listen(lab.gitlab.address()))
        .await
        .unwrap_err();
    assert!(matches!(error, StartError::Listen { .. }));
}

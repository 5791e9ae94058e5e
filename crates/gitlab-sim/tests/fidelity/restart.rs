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

#[tokio::test]
async fn what_hangs_on_projects_comes_back_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let options = || {
        let options = Options::empty().users(3).state_file(&file);
        options.background(gitlab_sim::Background::IMMEDIATE)
    };
    let lab = Lab::with(options()).await;
    let root = lab.root();
    let acme = lab.group(None, "acme", "public").await;
    let body = json!({"path": "site", "namespace_id": acme, "visibility": "public", "topics": ["tides"],
        "merge_method": "ff"});
    root.post("/projects", body).await;
    root.post("/projects/1/fork", json!({})).await;
    root.post("/projects/1/star", json!(null)).await;
    let badge = json!({"link_url": "http://a.example", "image_url": "http://a.example/b.svg"});
    root.post("/projects/1/badges", badge).await;
    let allowed = json!({"target_project_id": 2});
    root.post("/projects/1/job_token_scope/allowlist", allowed).await;
    root.put("/projects/1/custom_attributes/team", json!({"value": "sea"}))
        .await;
    let paths = [
        "/projects/1?with_custom_attributes=true",
        "/projects/1/forks",
        "/projects/1/starrers",
        "/projects/1/badges",
        "/projects/1/job_token_scope/allowlist",
        "/projects?topic=tides",
        "/projects?starred=true",
        "/topics",
    ];
    let mut before = Vec::new();
    for path in paths {
        let answer = root.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        before.push(
            answer
                .text
                .replace(lab.gitlab.url(), "")
                .replace(&lab.gitlab.url()[7..], ""),
        );
    }
    lab.gitlab.stop().await;

    let lab = Lab::with(options()).await;
    for (path, before) in paths.into_iter().zip(before) {
        let after = lab.root().get(path).await.text;
        let after = after
            .replace(lab.gitlab.url(), "")
            .replace(&lab.gitlab.url()[7..], "");
        assert_eq!(after, before, "{path}");
    }
}

//! A state that survives.

use std::time::Duration;

use gitlab_sim::{Background, Options, Simulator, StartError};
use serde_json::{Value, json};

use crate::client::Lab;
use crate::clock::HandClock;

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
async fn groups_keep_what_was_set_shared_and_scheduled_and_workers_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let clock = HandClock::new();
    let options = || {
        let options = Options::empty().users(1).state_file(&file).clock(clock.clone());
        options.background(Background::After(Duration::from_mins(1)))
    };
    let lab = Lab::with(options()).await;
    let root = lab.root();
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    let pilots = lab.group(None, "pilots", "private").await;
    let gone = lab.group(None, "gone", "private").await;
    root.put(
        "/groups/acme",
        json!({"default_branch_protection": 1, "lfs_enabled": false}),
    )
    .await;
    let share = json!({"group_id": pilots, "group_access": 30, "expires_at": "2030-01-31"});
    root.post("/groups/acme/share", share).await;
    root.delete(&format!("/groups/{gone}"), json!(null)).await;
    let flag = "/features/groups_and_projects_async_transfer";
    root.post(flag, json!({"value": true})).await;
    root.post(&format!("/groups/{web}/transfer"), json!({"group_id": pilots}))
        .await;
    let before = root.get("/groups/acme").await.body;
    lab.gitlab.stop().await;

    let lab = Lab::with(options()).await;
    let root = lab.root();
    let address = |body: Value| {
        // Each start listens on a port of its own.
        let mut body = body;
        body["web_url"] = json!(null);
        body
    };
    let after = root.get("/groups/acme").await.body;
    assert_eq!(address(after), address(before));
    clock.advance(Duration::from_mins(1));
    assert_eq!(
        root.get(&format!("/groups/{web}")).await.body["parent_id"],
        pilots
    );
    clock.advance(Duration::from_hours(24 * 31));
    assert_eq!(root.get(&format!("/groups/{gone}")).await.status, 404);
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
        options.background(Background::IMMEDIATE)
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

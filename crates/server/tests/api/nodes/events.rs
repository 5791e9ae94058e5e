//! Events reach the sockets of every node, each of them once.

use reqwest::Method;
use serde_json::{Value, json};

use super::Pair;
use crate::live::Socket;

#[tokio::test]
async fn a_job_that_one_node_runs_is_followed_at_the_other_each_thing_once() {
    let Some(pair) = Pair::new().await else { return };
    let here = pair.world.root().await;
    let there = pair.at_other(&here);
    let mut socket = Socket::connected(&there).await;
    let mut body = crate::world::groups(&["acme", "beta", "gamma"]);
    body["start"] = json!(false);
    // Made at the one node, planned and run by the other.
    let id = there.post("/api/jobs", body).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut heard = Vec::new();
    loop {
        let (name, said) = socket.event().await;
        heard.push(name);
        if said["status"] == "planned" {
            break;
        }
    }
    assert_eq!(heard, ["job:created", "job:progress"]);
    assert_eq!(
        socket.ask("subscribe:jobs", json!({ "jobIds": [id] })).await,
        json!({ "ok": [id], "refused": [] })
    );
    there.post(&format!("/api/jobs/{id}/start"), json!({})).await;
    let (mut items, mut names, mut versions) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        let (name, said) = socket.event().await;
        match name.as_str() {
            "job:item:success" => {
                let told = said["items"].as_array().unwrap().iter();
                items.extend(told.map(|item| item["index"].clone()));
            }
            "job:progress" => versions.push(said["version"].as_u64().unwrap()),
            _ => names.push(name.clone()),
        }
        if name == "job:complete" {
            assert_eq!(said["job"]["successCount"], 3);
            break;
        }
    }
    items.sort_by_key(Value::as_u64);
    assert_eq!(items, [0, 1, 2]);
    assert_eq!(names, ["job:started", "job:completed", "job:complete"]);
    assert!(versions.is_sorted(), "{versions:?}");
}

#[tokio::test]
async fn a_change_through_one_node_is_told_at_the_other_to_those_who_may_know() {
    let Some(pair) = Pair::new().await else { return };
    let here = pair.world.root().await;
    let id = here.create_groups(&["acme"]).await;
    pair.world.job_when(&here, &id, "completed").await;
    let group = pair.world.sim.group_id("acme").unwrap().0;
    let mut follower = Socket::connected(&pair.at_other(&here)).await;
    follower
        .ask("subscribe:groups", json!({ "groupIds": [group] }))
        .await;
    let stranger = pair.other.signed_in(&pair.world.sim, "dev-0001").await;
    let mut stranger = Socket::connected(&stranger).await;
    let json = [("content-type", "application/json")];
    for name in ["Acme One", "Acme Two"] {
        let body = json!({ "name": name }).to_string();
        let path = format!("/api/gitlab/groups/{group}");
        assert_eq!(here.send(Method::PUT, &path, &json, &body).await.status, 200);
        // In the group's room as well as in the user's: still one copy.
        let (event, said) = follower.event().await;
        assert_eq!(
            (event.as_str(), &said["group"]["name"]),
            ("group:updated", &json!(name))
        );
    }
    // Nothing came before the answer to its own question.
    assert_eq!(
        stranger.ask("subscribe:groups", json!({ "groupIds": [] })).await,
        json!({ "ok": [], "refused": [] })
    );
}

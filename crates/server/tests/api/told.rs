//! What is told of jobs and of changes over Socket.IO: which events, with which fields, to whom.

use std::collections::BTreeSet;
use std::time::Duration;

use gitlab_sim::{Fault, Options, Simulator};
use reqwest::Method;
use serde_json::{Value, json};

use crate::live::Socket;
use crate::world::{Person, World, groups};

fn fields(said: &Value) -> BTreeSet<&str> {
    said.as_object().unwrap().keys().map(String::as_str).collect()
}

/// A job that is not to start yet; its id.
async fn planned(world: &World, person: &Person, mut body: Value) -> String {
    body["start"] = json!(false);
    let made = person.post("/api/jobs", body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    world.job_when(person, &id, "planned").await;
    id
}

/// All that is said of a job until this event.
async fn until(socket: &mut Socket, last: &str) -> Vec<(String, Value)> {
    let mut heard = Vec::new();
    loop {
        let (event, said) = socket.event().await;
        let is_last = event == last;
        heard.push((event, said));
        if is_last {
            return heard;
        }
    }
}

#[tokio::test]
async fn whatever_is_said_of_a_job_names_it_and_its_version_which_only_rises() {
    let world = World::new().await;
    let root = world.root().await;
    let id = planned(&world, &root, groups(&["acme", "beta"])).await;
    world.sim.fault(Fault::post("/api/v4/groups").nth(2).status(403));
    let mut socket = Socket::connected(&root).await;
    root.post(&format!("/api/jobs/{id}/start"), json!({})).await;
    let heard = until(&mut socket, "job:complete").await;

    let mut version = 0;
    for (event, said) in &heard {
        assert_eq!(said["jobId"], *id, "{event}");
        let now = said["version"]
            .as_u64()
            .unwrap_or_else(|| panic!("{event}: {said}"));
        assert!(now >= version, "{event} goes back from {version} to {now}");
        version = now;
    }
    let job = root.get(&format!("/api/jobs/{id}")).await.json();
    assert_eq!(job["version"], version);

    let (_, progress) = heard.iter().rfind(|(event, _)| event == "job:progress").unwrap();
    let told = fields(progress);
    for field in [
        "jobId",
        "version",
        "status",
        "progress",
        "total",
        "successCount",
        "failureCount",
        "itemsPerSecond",
        "estimatedCompletion",
    ] {
        assert!(told.contains(field), "{field}: {progress}");
    }
    assert!(!told.contains("waitingUntil"), "{progress}");
    let of = |wanted: &str| -> Vec<Value> {
        let items = heard.iter().filter(|(event, _)| event == wanted);
        items
            .flat_map(|(_, said)| said["items"].as_array().unwrap().clone())
            .collect()
    };
    let (done, failed) = (of("job:item:success"), of("job:item:failed"));
    assert_eq!((done.len(), failed.len()), (1, 1));
    assert_eq!(
        (
            &done[0]["operation"],
            &done[0]["result"]["fullPath"],
            &done[0]["error"]
        ),
        (&json!("create_group"), &done[0]["target"], &Value::Null)
    );
    assert_eq!(
        (&failed[0]["index"], &failed[0]["error"]["gitlabStatus"]),
        (&json!(1 - done[0]["index"].as_u64().unwrap()), &json!(403))
    );
}

#[tokio::test]
async fn a_pause_an_end_by_hand_and_a_failure_are_told() {
    let world = World::new().await;
    let root = world.root().await;
    let mut socket = Socket::connected(&root).await;
    let mut body = groups(&["acme", "beta"]);
    body["options"] = json!({ "canary": 1 });
    let made = root.post("/api/jobs", body).await.json();
    let id = made["id"].as_str().unwrap();
    let heard = until(&mut socket, "job:paused").await;
    let (_, said) = heard.last().unwrap();
    assert_eq!((&said["jobId"], &said["status"]), (&json!(id), &json!("paused")));
    assert!(
        said["waitingReason"].as_str().unwrap().contains("canary"),
        "{said}"
    );
    root.delete(&format!("/api/jobs/{id}")).await;
    let heard = until(&mut socket, "job:cancelled").await;
    let (_, said) = heard.last().unwrap();
    assert_eq!(
        (&said["jobId"], &said["status"]),
        (&json!(id), &json!("cancelled"))
    );

    let body = json!({ "type": "bulk_update_groups", "data": {
        "selector": "group:acme/** kind:group", "parameters": { "description": "ours" } } });
    let made = root.post("/api/jobs", body).await.json();
    let heard = until(&mut socket, "job:failed").await;
    let (_, said) = heard.last().unwrap();
    assert_eq!(
        (&said["jobId"], &said["error"]["code"]),
        (&made["id"], &json!("NOTHING_SELECTED"))
    );
    assert!(said["error"]["message"].is_string(), "{said}");
}

#[tokio::test]
async fn the_same_number_at_another_gitlab_is_somebody_else() {
    let world = World::new().await;
    let other = Simulator::start_with(Options::empty().users(1)).await.unwrap();
    let (root, namesake) = (world.root().await, world.server.signed_in(&other, "root").await);
    let id_of = async |person: &Person| {
        let session = person.get("/api/auth/session").await.json();
        session["user"]["id"].clone()
    };
    assert_eq!(id_of(&root).await, id_of(&namesake).await);
    let mut socket = Socket::connected(&namesake).await;
    let id = root.create_groups(&["acme"]).await;
    world.job_when(&root, &id, "completed").await;
    assert_eq!(
        socket.ask("subscribe:jobs", json!({ "jobIds": [id] })).await,
        json!({ "ok": [], "refused": [id] })
    );
    assert_eq!(namesake.get(&format!("/api/jobs/{id}")).await.status, 404);
    // What it hears first is about itself.
    let own = namesake.create_groups(&["own"]).await;
    let (event, said) = socket.event().await;
    assert_eq!((event.as_str(), &said["jobId"]), ("job:created", &json!(own)));
}

#[tokio::test]
async fn whoever_follows_a_job_that_is_anothers_hears_of_it_until_they_leave() {
    let world = World::new().await;
    let (owner, root) = (world.signed_in("dev-0001").await, world.root().await);
    let id = planned(&world, &owner, groups(&["mine"])).await;
    let mut socket = Socket::connected(&root).await;
    let job = json!({ "jobIds": [id] });
    let ok = json!({ "ok": [id], "refused": [] });
    assert_eq!(socket.ask("subscribe:jobs", job.clone()).await, ok);
    owner.post(&format!("/api/jobs/{id}/start"), json!({})).await;
    let heard = until(&mut socket, "job:complete").await;
    assert!(heard.iter().any(|(event, _)| event == "job:started"));

    assert_eq!(socket.ask("unsubscribe:jobs", job).await, ok);
    owner.post(&format!("/api/jobs/{id}/undo"), json!({})).await;
    let other = planned(&world, &owner, groups(&["other"])).await;
    assert_eq!(
        socket.ask("job:subscribe", json!({ "jobId": other })).await["ok"],
        json!([other])
    );
    owner.delete(&format!("/api/jobs/{other}")).await;
    let heard = until(&mut socket, "job:cancelled").await;
    assert!(heard.iter().all(|(_, said)| said["jobId"] == *other), "{heard:?}");
}

#[tokio::test]
async fn a_page_of_a_listed_origin_is_let_in() {
    let listed = "https://console.example.com";
    let world = World::with(|settings| settings.allowed_origins = vec![listed.into()]).await;
    let root = world.root().await;
    let (_, word) = Socket::open(&root, json!({}), &[("origin", listed)]).await;
    assert!(word.starts_with("40{\"sid\":"), "{word}");
}

#[tokio::test]
async fn whoever_follows_a_project_hears_what_becomes_of_it_and_of_its_members() {
    let world = World::new().await;
    let root = world.root().await;
    root.post("/api/gitlab/groups", json!({ "name": "acme", "path": "acme" }))
        .await;
    let acme = world.sim.group_id("acme").unwrap().0;
    let project = json!({ "name": "Site", "path": "site", "namespace_id": acme });
    let made = root.post("/api/gitlab/projects", project).await.json();
    let (dev, id) = (world.signed_in("dev-0001").await, &made["id"]);
    let session = dev.get("/api/auth/session").await.json();
    let user = &session["user"]["id"];
    let members = format!("/api/gitlab/projects/{id}/members");
    let member = json!({ "user_id": user, "access_level": 20 });
    assert_eq!(root.post(&members, member).await.status, 201);

    let mut socket = Socket::connected(&dev).await;
    let answer = socket.ask("project:subscribe", json!({ "projectId": id })).await;
    assert_eq!(answer, json!({ "ok": [id], "refused": [] }));
    let put = async |path: &str, body: Value| {
        let kind = [("content-type", "application/json")];
        let answer = root.send(Method::PUT, path, &kind, &body.to_string()).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    };
    put(
        &format!("/api/gitlab/projects/{id}"),
        json!({ "description": "ours" }),
    )
    .await;
    let (event, said) = socket.event().await;
    assert_eq!(
        (event.as_str(), &said["projectId"], &said["project"]["fullPath"]),
        ("project:updated", id, &json!("acme/site"))
    );
    put(&format!("{members}/{user}"), json!({ "access_level": 30 })).await;
    let (event, said) = socket.event().await;
    assert_eq!(
        (event.as_str(), &said["projectId"], &said["member"]["userId"]),
        ("member:updated", id, user)
    );
    assert_eq!(said["member"]["accessLevel"], 30);
    let gone = root.delete(&format!("/api/gitlab/projects/{id}")).await;
    assert_eq!(gone.status, 202, "{}", gone.text);
    let (event, said) = socket.event().await;
    assert_eq!((event.as_str(), &said["projectId"]), ("project:deleted", id));
}

#[tokio::test]
async fn whoever_may_not_see_a_project_any_more_hears_of_it_no_more() {
    let world = World::new().await;
    let root = world.root().await;
    let dev = world.signed_in("dev-0001").await;
    let session = dev.get("/api/auth/session").await.json();
    let user = &session["user"]["id"];
    let project = async |name: &str| {
        let made = root
            .post("/api/gitlab/projects", json!({ "name": name }))
            .await
            .json();
        let members = format!("/api/gitlab/projects/{}/members", made["id"]);
        let member = json!({ "user_id": user, "access_level": 20 });
        assert_eq!(root.post(&members, member).await.status, 201);
        made["id"].clone()
    };
    let (lost, kept) = (project("lost").await, project("kept").await);
    let mut socket = Socket::connected(&dev).await;
    let both = json!({ "projectIds": [lost, kept] });
    let answer = socket.ask("subscribe:projects", both.clone()).await;
    assert_eq!(answer, json!({ "ok": [lost, kept], "refused": [] }));

    let member = format!("/api/gitlab/projects/{lost}/members/{user}");
    assert_eq!(root.delete(&member).await.status, 204);
    world.clock.advance(Duration::from_mins(6));
    // What was asked lately is believed, so it may be told once or twice; then never again.
    let mut heard_last = 0;
    for round in 1..=20 {
        for id in [&lost, &kept] {
            let body = json!({ "description": format!("{round}") }).to_string();
            let kind = [("content-type", "application/json")];
            let path = format!("/api/gitlab/projects/{id}");
            assert_eq!(root.send(Method::PUT, &path, &kind, &body).await.status, 200);
        }
        loop {
            let (_, said) = socket.event().await;
            if said["projectId"] == lost {
                heard_last = round;
            } else if said["project"]["id"] == kept && said["projectId"] == kept {
                break;
            }
        }
    }
    assert!(heard_last < 20, "heard of it in round {heard_last}");
}

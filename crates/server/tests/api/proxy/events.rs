use reqwest::Method;
use serde_json::json;

use super::world_with_groups;
use crate::live::Socket;
use crate::world::World;

#[tokio::test]
async fn those_who_follow_a_group_hear_of_what_somebody_does_to_it_through_us() {
    let world = world_with_groups().await;
    let (root, other) = (world.root().await, world.signed_in("dev-0001").await);
    let acme = world.sim.group_id("acme").unwrap().0;
    let member = json!({ "username": "dev-0001", "access_level": 20 });
    let answer = root.post("/api/gitlab/groups/acme/members", member).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let mut socket = Socket::connected(&other).await;
    let answer = socket
        .ask("subscribe:groups", json!({ "groupIds": [acme] }))
        .await;
    assert_eq!(answer["ok"], json!([acme]));

    let change = json!({ "description": "ours", "visibility": "private" }).to_string();
    let kind = [("content-type", "application/json")];
    let answer = root
        .send(Method::PUT, "/api/gitlab/groups/acme", &kind, &change)
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let (event, said) = socket.event().await;
    assert_eq!(event, "group:updated");
    assert_eq!(
        (&said["groupId"], &said["group"]["fullPath"]),
        (&json!(acme), &json!("acme"))
    );
    assert!(said["group"].get("runners_token").is_none() && said["group"].get("description").is_none());

    // Of what is made below, only the bare fact: it may be nothing that the follower may see.
    let project = json!({ "name": "Site", "path": "site", "namespace_id": acme, "visibility": "private" });
    let made = root.post("/api/gitlab/projects", project).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let (event, said) = socket.event().await;
    let id = &made.json()["id"];
    assert_eq!(event, "project:created");
    assert_eq!(said["project"], json!({ "id": id, "parentId": acme }));

    let users = root.get("/api/gitlab/users?username=dev-0001").await.json();
    let user = &users[0]["id"];
    let answer = root
        .delete(&format!("/api/gitlab/groups/{acme}/members/{user}"))
        .await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    let (event, said) = socket.event().await;
    assert_eq!(event, "member:removed");
    assert_eq!(
        (&said["groupId"], &said["member"]),
        (&json!(acme), &json!({ "userId": user }))
    );
}

#[tokio::test]
async fn what_gitlab_refuses_is_told_to_nobody() {
    let world = World::new().await;
    let root = world.root().await;
    let mut socket = Socket::connected(&root).await;
    let refused = root.post("/api/gitlab/groups", json!({ "name": "x" })).await;
    assert_eq!(refused.status, 400);
    let made = root
        .post("/api/gitlab/groups", json!({ "name": "Acme", "path": "acme" }))
        .await;
    assert_eq!(made.status, 201);
    let (event, said) = socket.event().await;
    assert_eq!(
        (event.as_str(), &said["group"]["fullPath"]),
        ("group:created", &json!("acme"))
    );
}

#[tokio::test]
async fn those_who_follow_a_group_hear_of_what_a_job_does_to_it() {
    let world = world_with_groups().await;
    let (root, other) = (world.root().await, world.signed_in("dev-0001").await);
    let acme = world.sim.group_id("acme").unwrap().0;
    let member = json!({ "username": "dev-0001", "access_level": 20 });
    root.post("/api/gitlab/groups/acme/members", member).await;
    let mut socket = Socket::connected(&other).await;
    socket
        .ask("subscribe:groups", json!({ "groupIds": [acme] }))
        .await;
    for (kind, item) in [
        (
            "bulk_create_projects",
            json!({ "name": "Site", "path": "site", "group": "acme", "visibility": "private" }),
        ),
        (
            "bulk_add_members",
            json!({ "group": "acme", "username": "dev-0002", "access_level": "developer" }),
        ),
        (
            "bulk_update_groups",
            json!({ "group": "acme", "description": "ours" }),
        ),
    ] {
        let body = json!({ "type": kind, "data": { "items": [item] } });
        let made = root.post("/api/jobs", body).await;
        assert_eq!(made.status, 201, "{}", made.text);
        world
            .job_when(&root, made.json()["id"].as_str().unwrap(), "completed")
            .await;
    }
    let project = root.get("/api/gitlab/projects/acme%2Fsite").await.json();
    let (event, said) = socket.event().await;
    assert_eq!(
        (event.as_str(), &said["project"]),
        (
            "project:created",
            &json!({ "id": project["id"], "parentId": acme })
        )
    );
    let (event, said) = socket.event().await;
    assert_eq!(
        (event.as_str(), &said["groupId"], &said["member"]["username"]),
        ("member:added", &json!(acme), &json!("dev-0002"))
    );
    let (event, said) = socket.event().await;
    assert_eq!(
        (event.as_str(), &said["group"]),
        ("group:updated", &json!({ "id": acme, "fullPath": "acme" }))
    );
}

//! Jobs that are made of a manifest, in each of the ways in which one can be sent.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Person, World};

async fn ended(world: &World, person: &Person, answer: &Value) -> Value {
    let id = answer["id"].as_str().or(answer["jobId"].as_str()).unwrap();
    world.job_when(person, id, "completed").await
}

#[tokio::test]
async fn a_manifest_is_a_job_whose_items_are_found_while_it_is_planned() {
    let world = World::new().await;
    let root = world.root().await;
    let manifest = json!({
        "apiVersion": "gitlab-bulk/v1",
        "groups": [{ "path": "acme", "name": "Acme", "projects": [{ "path": "site", "description": "Anvils" }],
            "members": [{ "username": "dev-0001", "access_level": "developer" }] }],
    });
    let body = json!({ "type": "manifest", "data": { "manifest": manifest } });
    let created = root.post("/api/jobs", body).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let job = ended(&world, &root, &created.json()).await;
    assert_eq!(
        (&job["type"], &job["total"], &job["successCount"]),
        (&json!("manifest"), &json!(3), &json!(3))
    );
    assert!(world.sim.project("acme/site").is_some());

    // As a text it says the same, and then nothing is left to do; options of the request are stronger.
    let text = "apiVersion: gitlab-bulk/v1\ngroups:\n  - { path: acme, name: Other }\n";
    let body =
        json!({ "type": "manifest", "data": { "manifest": text }, "options": { "updateExisting": false } });
    let job = ended(&world, &root, &root.post("/api/jobs", body).await.json()).await;
    assert_eq!(
        (&job["skippedCount"], &job["successCount"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(world.sim.group("acme").unwrap().name, "Acme");
}

#[tokio::test]
async fn every_mistake_of_a_manifest_is_a_detail_with_its_path() {
    let world = World::new().await;
    let root = world.root().await;
    let manifest = json!({ "apiVersion": "gitlab-bulk/v1",
        "groups": [{ "path": "acme", "name": "Acme", "visiblity": "private", "projects": [{ "path": "-" }] }] });
    let answer = root
        .post(
            "/api/jobs",
            json!({ "type": "manifest", "data": { "manifest": manifest } }),
        )
        .await;
    assert_eq!(answer.status, 400);
    let details = answer.json()["error"]["details"].clone();
    let fields: Vec<&str> = details
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| problem["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["groups[0].visiblity", "groups[0].projects[0].path"]);

    let answer = root
        .post("/api/jobs", json!({ "type": "manifest", "data": {} }))
        .await;
    assert_eq!(
        (
            answer.status.as_u16(),
            answer.json()["error"]["details"][0]["field"].as_str()
        ),
        (400, Some("data.manifest"))
    );
}

#[tokio::test]
async fn an_uploaded_manifest_is_recognised_and_its_warnings_come_along() {
    let world = World::new().await;
    let root = world.root().await;
    let text = "organization: Acme\ngroups:\n  - path: acme\n    name: Acme\n    projects: [{ name: Site }]\nrunners: [{ name: shared }]\n";
    let upload = format!(
        "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"organisation.yaml\"\r\n\r\n{text}\r\n--b--\r\n"
    );
    let headers = [("content-type", "multipart/form-data; boundary=b")];
    let answer = root
        .send(Method::POST, "/api/jobs/import", &headers, &upload)
        .await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let answer = answer.json();
    assert_eq!(answer["type"], "manifest");
    assert_eq!(answer["warnings"].as_array().unwrap().len(), 2);
    assert_eq!(answer["warnings"][1]["line"], 6);
    ended(&world, &root, &answer).await;
    assert!(world.sim.project("acme/site").is_some());
}

#[tokio::test]
async fn the_older_routes_take_trees_of_groups_and_projects_by_group() {
    let world = World::new().await;
    let root = world.root().await;
    let made = root.create_groups(&["acme"]).await;
    world.job_when(&root, &made, "completed").await;
    let acme = root.get("/api/gitlab/groups/acme").await.json()["id"].clone();

    let body = json!({ "parentId": acme, "defaults": { "visibility": "private" },
        "subgroups": [{ "name": "Backend", "path": "backend", "subgroups": [{ "name": "Pay", "path": "pay" }] }],
        "options": { "apiDelay": 0, "skipExisting": true, "continueOnError": true } });
    let answer = root.post("/api/gitlab/bulk/subgroups", body).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    assert_eq!(answer.json()["totalItems"], 2);
    ended(&world, &root, &answer.json()).await;
    assert!(world.sim.group("acme/backend/pay").is_some());

    let body = json!({ "projects": [{ "group_id": acme, "projects": [{ "name": "Web", "topics": ["a"] }] }],
        "defaults": { "visibility": "private" } });
    let answer = root.post("/api/gitlab/bulk/projects", body).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    ended(&world, &root, &answer.json()).await;
    assert!(world.sim.project("acme/web").is_some());

    let yaml = "groups:\n  - name: Ops\n    path: ops\n    projects: [{ name: Tools }]\n";
    let body = json!({ "targetGroupId": acme, "yaml": yaml });
    let answer = root.post("/api/gitlab/bulk/import", body).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    ended(&world, &root, &answer.json()).await;
    assert!(world.sim.project("acme/ops/tools").is_some());
}

use serde_json::{Value, json};

use crate::world::{Person, World, groups};

/// `acme` with `acme/web` and `acme/ops`, and `other`.
async fn estate(world: &World) -> Person {
    let root = world.root().await;
    let mut body = groups(&["acme", "other"]);
    for path in ["web", "ops"] {
        let below = json!({ "name": path, "path": path, "parent": "acme" });
        body["data"]["items"].as_array_mut().unwrap().push(below);
    }
    let made = root.post("/api/jobs", body).await.json();
    world
        .job_when(&root, made["id"].as_str().unwrap(), "completed")
        .await;
    root
}

fn members(selector: &str) -> Value {
    json!({ "type": "bulk_add_members", "data": {
        "selector": selector,
        "parameters": { "username": "dev-0001", "access_level": "reporter" },
    } })
}

#[tokio::test]
async fn a_selector_that_makes_no_sense_is_400_with_every_mistake_and_its_place() {
    let world = World::new().await;
    let root = world.root().await;

    let mut body = members("visibilty=public archived=maybe");
    body["data"]["parameters"]["colour"] = json!("red");
    body["options"] = json!({ "concurrency": -1 });
    let answer = root.post("/api/jobs", body).await;

    assert_eq!(answer.status, 400);
    let error = answer.json()["error"].clone();
    assert_eq!(error["code"], "VALIDATION_ERROR");
    let details = error["details"].as_array().unwrap();
    let mut fields: Vec<_> = details
        .iter()
        .map(|detail| detail["field"].as_str().unwrap())
        .collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "data.parameters.colour",
            "data.selector",
            "data.selector",
            "options.concurrency"
        ]
    );
    let first = details
        .iter()
        .find(|detail| detail["field"] == "data.selector")
        .unwrap();
    assert_eq!(
        first["message"],
        "at character 1: `visibilty` is not a field; did you mean `visibility`?"
    );
    assert_eq!(first["value"], "visibilty");
    assert!(
        first["allowed"]
            .as_str()
            .unwrap()
            .starts_with("kind, path, group")
    );
}

#[tokio::test]
async fn a_selector_of_the_wrong_shape_is_400() {
    let world = World::new().await;
    let root = world.root().await;
    let fields = async |data: Value, kind: &str| {
        let answer = root
            .post("/api/jobs", json!({ "type": kind, "data": data }))
            .await;
        assert_eq!(answer.status, 400);
        let details = answer.json()["error"]["details"].clone();
        let details = details.as_array().unwrap();
        let fields: Vec<_> = details
            .iter()
            .map(|one| one["field"].as_str().unwrap().to_owned())
            .collect();
        fields.join(" ")
    };
    let kind = "bulk_add_members";
    assert_eq!(fields(json!({ "selector": 7 }), kind).await, "data.selector");
    assert_eq!(
        fields(
            json!({ "selector": "kind:group", "parameters": [], "items": [] }),
            kind
        )
        .await,
        "data.items data.parameters data.parameters.access_level data.parameters.username"
    );
    assert_eq!(
        fields(
            json!({ "selector": "kind:group", "parameters": { "name": "x" } }),
            "bulk_create_groups"
        )
        .await,
        "type"
    );
    assert_eq!(
        fields(json!({ "selector": "kind:group" }), "bulk_paint_groups").await,
        "type"
    );
}

#[tokio::test]
async fn a_job_of_a_selection_is_done_to_what_is_selected() {
    let world = World::new().await;
    let root = estate(&world).await;

    let created = root.post("/api/jobs", members("group:acme/** -name=ops")).await;
    assert_eq!(created.status, 201);
    let job = created.json();
    assert_eq!(
        (&job["type"], &job["status"], &job["total"]),
        (&json!("bulk_add_members"), &json!("planning"), &json!(0))
    );
    let id = job["id"].as_str().unwrap();
    let job = world.job_when(&root, id, "completed").await;

    assert_eq!((&job["total"], &job["successCount"]), (&json!(1), &json!(1)));
    let items = root.get(&format!("/api/jobs/{id}/items")).await.json();
    assert_eq!(
        (&items["items"][0]["target"], &items["items"][0]["source"]["path"]),
        (&json!("acme/web#dev-0001"), &json!("acme/web"))
    );
    let members = world.sim.members("acme/web");
    assert!(members.iter().any(|member| member.username == "dev-0001"));
}

#[tokio::test]
async fn a_selection_of_nothing_fails_and_says_so() {
    let world = World::new().await;
    let root = estate(&world).await;
    let writes = world.sim.stats().writes.applied;

    let created = root
        .post("/api/jobs", members("group:acme/** kind:project"))
        .await
        .json();
    let job = world
        .job_when(&root, created["id"].as_str().unwrap(), "failed")
        .await;

    assert_eq!(job["error"]["code"], "NOTHING_SELECTED");
    assert_eq!(world.sim.stats().writes.applied, writes);
}

//! What a job is told beforehand: how it is to run, and that somebody means it.

use gitlab_sim::Fault;
use serde_json::{Value, json};

use crate::world::{Person, World, groups};

async fn make(person: &Person, kind: &str, items: Value, more: Value) -> String {
    let mut body = json!({ "type": kind, "data": { "items": items } });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let made = person.post("/api/jobs", body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_removes_something_waits_until_its_path_is_given_back() {
    let world = World::new().await;
    let root = world.root().await;
    let id = root.create_groups(&["acme"]).await;
    world.job_when(&root, &id, "completed").await;

    let id = make(
        &root,
        "bulk_delete_groups",
        json!([{ "group": "acme" }]),
        json!({}),
    )
    .await;
    let job = world.job_when(&root, &id, "planned").await;
    assert_eq!(job["confirmation"], "acme");
    let start = async |body: Value| root.post(&format!("/api/jobs/{id}/start"), body).await;
    for wrong in [json!({}), json!({ "confirm": "acm" }), json!({ "confirm": "" })] {
        let answer = start(wrong).await;
        assert_eq!(answer.error(), "400 VALIDATION_ERROR type `acme` to confirm");
        assert_eq!(answer.json()["error"]["details"][0]["field"], "confirm");
    }
    assert!(!world.sim.group("acme").unwrap().marked_for_deletion);
    assert_eq!(start(json!({ "confirm": "acme" })).await.status, 200);
    let job = world.job_when(&root, &id, "completed").await;
    assert_eq!(job["successCount"], 1);
}

#[tokio::test]
async fn several_are_confirmed_by_action_and_number_also_beforehand() {
    let world = World::new().await;
    let root = world.root().await;
    let id = root.create_groups(&["acme", "beta"]).await;
    world.job_when(&root, &id, "completed").await;
    let both = json!([{ "group": "acme" }, { "group": "beta" }]);
    let wrong = json!({ "options": { "confirm": "delete 3 groups" } });
    let id = make(&root, "bulk_delete_groups", both.clone(), wrong).await;
    let job = world.job_when(&root, &id, "planned").await;
    assert_eq!(job["confirmation"], "delete 2 groups");
    root.delete(&format!("/api/jobs/{id}")).await;
    let right = json!({ "options": { "confirm": "delete 2 groups" } });
    let id = make(&root, "bulk_delete_groups", both, right).await;
    let job = world.job_when(&root, &id, "completed").await;
    assert_eq!(job["successCount"], 2);
}

#[tokio::test]
async fn a_retry_does_what_was_agreed_to_and_waits_with_the_rest() {
    let world = World::new().await;
    let root = world.root().await;
    let id = root.create_groups(&["acme"]).await;
    world.job_when(&root, &id, "completed").await;
    let namespace = world.sim.group_id("acme").unwrap().0;
    let project = async |name: &str| {
        let body = json!({ "name": name, "path": name, "namespace_id": namespace });
        assert_eq!(root.post("/api/gitlab/projects", body).await.status, 201);
    };
    project("site").await;
    world
        .sim
        .fault(Fault::delete("/api/v4/projects/*").nth(1).status(403));
    let both = json!([{ "project": "acme/site" }, { "project": "acme/late" }]);
    let agreed = json!({ "options": { "confirm": "acme/site" } });
    let id = make(&root, "bulk_delete_projects", both, agreed).await;
    let job = world.job_when(&root, &id, "completed").await;
    assert_eq!(
        (&job["failureCount"], &job["successCount"]),
        (&json!(2), &json!(0))
    );
    let retry = async |body: Value| {
        let made = root.post(&format!("/api/jobs/{id}/retry"), body).await;
        assert_eq!(made.status, 201, "{}", made.text);
        made.json()["id"].as_str().unwrap().to_owned()
    };
    let is_marked = |path: &str| {
        world
            .sim
            .project(path)
            .is_none_or(|project| project.marked_for_deletion)
    };

    let refused = retry(json!({ "code": "GITLAB_FORBIDDEN" })).await;
    let job = world.job_when(&root, &refused, "completed").await;
    assert_eq!(
        (
            &job["successCount"],
            job.get("confirmation"),
            is_marked("acme/site")
        ),
        (&json!(1), None, true),
        "{job}"
    );

    project("late").await;
    let waits = retry(json!({ "code": "PARENT_NOT_FOUND" })).await;
    let job = world.job_when(&root, &waits, "planned").await;
    assert_eq!(job["confirmation"], "acme/late");
    let start = async |body: Value| root.post(&format!("/api/jobs/{waits}/start"), body).await;
    for wrong in [json!({}), json!({ "confirm": "acme/site" })] {
        let answer = start(wrong).await;
        assert_eq!(answer.error(), "400 VALIDATION_ERROR type `acme/late` to confirm");
    }
    assert!(!is_marked("acme/late"));
    assert_eq!(start(json!({ "confirm": "acme/late" })).await.status, 200);
    let job = world.job_when(&root, &waits, "completed").await;
    assert_eq!((&job["successCount"], is_marked("acme/late")), (&json!(1), true));
}

#[tokio::test]
async fn what_can_be_taken_back_by_hand_needs_no_more_than_a_yes() {
    let world = World::new().await;
    let root = world.root().await;
    let id = root.create_groups(&["acme", "beta"]).await;
    world.job_when(&root, &id, "completed").await;
    let project = json!({ "name": "Site", "path": "site",
        "namespace_id": world.sim.group_id("acme").unwrap().0 });
    assert_eq!(root.post("/api/gitlab/projects", project).await.status, 201);
    for (kind, item) in [
        (
            "bulk_update_groups",
            json!({ "group": "acme", "visibility": "private" }),
        ),
        (
            "bulk_transfer_projects",
            json!({ "project": "acme/site", "to": "beta" }),
        ),
        ("bulk_archive_projects", json!({ "project": "beta/site" })),
    ] {
        let id = make(&root, kind, json!([item]), json!({})).await;
        let job = world.job_when(&root, &id, "completed").await;
        assert_eq!(job.get("confirmation"), None, "{kind}");
        assert_eq!(job["failureCount"], 0, "{kind}: {job}");
    }
}

#[tokio::test]
async fn every_option_is_kept_with_the_job_and_what_is_not_said_has_its_default() {
    let world = World::new().await;
    let root = world.root().await;
    let job = async |options: Value| {
        let id = make(
            &root,
            "bulk_create_groups",
            groups(&["acme"])["data"]["items"].clone(),
            json!({ "start": false, "options": options }),
        )
        .await;
        root.get(&format!("/api/jobs/{id}")).await.json()["options"].clone()
    };
    assert_eq!(
        job(json!({})).await,
        json!({ "skipExisting": true, "updateExisting": false, "continueOnError": true, "dryRun": false })
    );
    let all = json!({
        "skipExisting": false, "updateExisting": true, "continueOnError": false, "dryRun": true, "concurrency": 3,
        "ratePerSecond": 2.5, "notBefore": "2999-01-01T00:00:00.000Z", "maxFailures": 4, "canary": 1,
        "waves": { "size": 10, "pauseSeconds": 60 }, "maxErrorRate": 0.5, "allowRemovals": 2, "confirm": "acme",
    });
    assert_eq!(job(all.clone()).await, all);
    let wrong = json!({ "skipExisting": "perhaps", "concurrency": 0, "ratePerSecond": 0, "notBefore": "soon",
        "maxFailures": 0, "canary": 0, "waves": { "size": 0 }, "maxErrorRate": 2, "allowRemovals": -1 });
    let mut body = groups(&["acme"]);
    body["options"] = wrong.clone();
    let answer = root.post("/api/jobs", body).await;
    assert_eq!(answer.status, 400, "{}", answer.text);
    let details = answer.json()["error"]["details"].clone();
    let mut fields: Vec<&str> = details
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| {
            let field = problem["field"].as_str().unwrap();
            field.strip_prefix("options.").unwrap_or(field)
        })
        .map(|field| field.split('.').next().unwrap())
        .collect();
    fields.sort_unstable();
    fields.dedup();
    let mut expected: Vec<&str> = wrong.as_object().unwrap().keys().map(String::as_str).collect();
    expected.sort_unstable();
    assert_eq!(fields, expected, "{details}");
}

#[tokio::test]
async fn a_dry_run_is_planned_and_never_started() {
    let world = World::new().await;
    let root = world.root().await;
    let mut body = groups(&["acme"]);
    body["options"] = json!({ "dryRun": true });
    let id = root.post("/api/jobs", body).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    world.job_when(&root, &id, "planned").await;
    let answer = root.post(&format!("/api/jobs/{id}/start"), json!({})).await;
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert_eq!(world.sim.stats().writes.applied, 0);
}

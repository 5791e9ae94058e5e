//! What one user may have at a time.

use serde_json::json;
use storage::Quota;

use crate::live::Socket;
use crate::world::{World, groups};

#[tokio::test]
async fn nobody_has_more_jobs_than_their_quota_and_is_told_what_to_do() {
    let world = World::with(|settings| settings.work_per_user = Quota { jobs: 1, items: 5 }).await;
    let (dev, other) = (
        world.signed_in("dev-0001").await,
        world.signed_in("dev-0002").await,
    );
    let kept = json!({ "start": false });
    let plan = |paths: &[&str]| {
        let mut body = groups(paths);
        body["start"] = kept["start"].clone();
        body
    };
    let first = dev.post("/api/jobs", plan(&["aa"])).await;
    assert_eq!(first.status, 201, "{}", first.text);
    let refused = dev.post("/api/jobs", plan(&["bb"])).await;
    assert_eq!(
        refused.error(),
        "409 CONFLICT you have 1 job that has not ended, and nobody may have more than 1; wait until some have \
         ended, or cancel jobs that are not needed"
    );
    assert_eq!(
        refused.json()["error"]["details"],
        json!({ "quota": "jobs", "limit": 1, "used": 1 })
    );
    // Nobody pays for another's jobs.
    assert_eq!(other.post("/api/jobs", plan(&["cc"])).await.status, 201);
    let id = first.json()["id"].as_str().unwrap().to_owned();
    dev.delete(&format!("/api/jobs/{id}")).await;
    assert_eq!(dev.post("/api/jobs", plan(&["bb"])).await.status, 201);
}

#[tokio::test]
async fn nobody_has_more_items_than_their_quota() {
    let world = World::with(|settings| settings.work_per_user = Quota { jobs: 9, items: 2 }).await;
    let dev = world.signed_in("dev-0001").await;
    let refused = dev.post("/api/jobs", groups(&["aa", "bb", "cc"])).await;
    assert_eq!(
        (
            refused.status.as_u16(),
            &refused.json()["error"]["details"]["quota"]
        ),
        (409, &json!("items"))
    );
    assert_eq!(dev.get("/api/jobs").await.json()["jobs"], json!([]));
}

#[tokio::test]
async fn what_a_selector_comes_to_counts_as_well_and_is_planned_once_there_is_room() {
    let world = World::with(|settings| settings.work_per_user = Quota { jobs: 9, items: 3 }).await;
    let root = world.root().await;
    let made = root.create_groups(&["aa", "bb", "cc"]).await;
    world.job_when(&root, &made, "completed").await;
    let mut waiting = groups(&["dd", "ee"]);
    waiting["start"] = json!(false);
    let waiting = root.post("/api/jobs", waiting).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let writes = world.sim.stats().writes.applied;
    let wish = json!({ "type": "bulk_add_members", "data": {
        "selector": "kind:group visibility=private",
        "parameters": { "username": "dev-0001", "access_level": "reporter" },
    } });
    let job = root.post("/api/jobs", wish).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let failed = world.job_when(&root, &job, "failed").await;
    assert_eq!(
        failed["error"],
        json!({ "code": "QUOTA_EXCEEDED", "message":
            "you have 2 items that have not ended and want 3 more, and nobody may have more than 3" })
    );
    assert_eq!(world.sim.stats().writes.applied, writes);

    root.delete(&format!("/api/jobs/{waiting}")).await;
    let resumed = root.post(&format!("/api/jobs/{job}/resume"), json!({})).await;
    assert_eq!(resumed.status, 200, "{}", resumed.text);
    let done = world.job_when(&root, &job, "completed").await;
    assert_eq!(done["successCount"], 3, "{done}");
}

#[tokio::test]
async fn nobody_has_more_sockets_than_their_quota_and_others_are_let_in() {
    let world = World::with(|settings| settings.sockets_per_user = 2).await;
    let (dev, other) = (
        world.signed_in("dev-0001").await,
        world.signed_in("dev-0002").await,
    );
    let _first = Socket::connected(&dev).await;
    let _second = Socket::connected(&dev).await;
    let (_, word) = Socket::open(&dev, json!({}), &[]).await;
    assert!(
        word.starts_with("44{\"message\":\"Too many connections: you have 2"),
        "{word}"
    );
    let _other = Socket::connected(&other).await;

    dev.post("/api/auth/logout", json!({})).await;
    let dev = world.signed_in("dev-0001").await;
    let open = async || Socket::open(&dev, json!({}), &[]).await.1;
    world
        .until(async || open().await.starts_with("40{").then_some(()))
        .await;
    assert!(open().await.starts_with("40{"), "both were given back");
    assert!(open().await.starts_with("44{"), "and no more");
}

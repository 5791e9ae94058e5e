//! What holds a job back because its owner wants it so: a canary, batches, failures, a moment, and whatever has changed
//! since the plan.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::Clock;
use gitlab_sim::Fault;
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Person, World, groups};

/// A job that makes so many groups.
async fn make(person: &Person, count: u32, options: Value) -> String {
    let paths: Vec<String> = (1..=count).map(|number| format!("group-{number:02}")).collect();
    let mut body = groups(&paths.iter().map(String::as_str).collect::<Vec<_>>());
    body["options"] = options;
    let made = person.post("/api/jobs", body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json()["id"].as_str().unwrap().to_owned()
}

/// How many items stand how.
async fn standing(person: &Person, id: &str) -> BTreeMap<String, u32> {
    let page = person
        .get(&format!("/api/jobs/{id}/items?limit=100"))
        .await
        .json();
    let mut counts = BTreeMap::new();
    for item in page["items"].as_array().unwrap() {
        *counts
            .entry(item["status"].as_str().unwrap().to_owned())
            .or_default() += 1;
    }
    counts
}

fn counts<const N: usize>(expected: [(&str, u32); N]) -> BTreeMap<String, u32> {
    expected
        .into_iter()
        .map(|(status, count)| (status.to_owned(), count))
        .collect()
}

async fn resume(person: &Person, id: &str) {
    let answer = person.post(&format!("/api/jobs/{id}/resume"), json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

impl World {
    /// The job, once it waits for this.
    async fn job_that_waits(&self, person: &Person, id: &str, reason: &str) -> Value {
        self.until(async || {
            let job = person.get(&format!("/api/jobs/{id}")).await.json();
            (job["waitingReason"] == reason).then_some(job)
        })
        .await
    }
}

#[tokio::test]
async fn a_canary_waits_to_be_looked_at() {
    let world = World::new().await;
    let root = world.root().await;
    let id = make(&root, 5, json!({ "canary": 2 })).await;

    let job = world.job_when(&root, &id, "paused").await;

    assert_eq!(
        job["waitingReason"],
        "the first 2 items have ended: have a look, then resume (canary)"
    );
    assert_eq!((&job["successCount"], &job["progress"]), (&json!(2), &json!(2)));
    assert_eq!(
        standing(&root, &id).await,
        counts([("succeeded", 2), ("pending", 3)])
    );
    assert_eq!(world.sim.estate().groups.len(), 2);
    resume(&root, &id).await;
    let job = world.job_when(&root, &id, "completed").await;
    assert_eq!(
        (&job["successCount"], job.get("waitingReason")),
        (&json!(5), None)
    );
    assert_eq!(standing(&root, &id).await, counts([("succeeded", 5)]));
}

#[tokio::test]
async fn between_batches_the_job_rests_and_others_run() {
    let world = World::with(|settings| settings.max_concurrent_jobs = 1).await;
    let root = world.root().await;
    let began = world.clock.now();
    let waves = json!({ "waves": { "size": 2, "pauseSeconds": 600 } });
    let id = make(&root, 5, waves).await;
    for done in [2, 4] {
        let job = world
            .until(async || {
                let job = root.get(&format!("/api/jobs/{id}")).await.json();
                (job["waitingReason"] == "a rest after 2 items (waves)"
                    && job["status"] == "pending"
                    && job["successCount"] == done)
                    .then_some(job)
            })
            .await;
        assert_eq!(
            (&job["status"], &job["successCount"]),
            (&json!("pending"), &json!(done))
        );
        let until = domain::Timestamp::parse(job["waitingUntil"].as_str().unwrap()).unwrap();
        assert!(until.since(world.clock.now()) > Duration::from_mins(9), "{job}");
        assert_eq!(
            standing(&root, &id).await,
            counts([("succeeded", done), ("pending", 5 - done)])
        );

        let other = root.create_groups(&[&format!("meanwhile-{done}")]).await;
        world.job_when(&root, &other, "completed").await;
        let job = root.get(&format!("/api/jobs/{id}")).await.json();
        assert_eq!(job["successCount"], done, "it rests");
        world.clock.advance(Duration::from_mins(10));
    }
    let job = world.job_when(&root, &id, "completed").await;
    assert_eq!(job["successCount"], 5);
    assert!(world.clock.now().since(began) >= Duration::from_mins(20));
}

#[tokio::test]
async fn so_many_failures_pause_the_job_and_resuming_counts_anew() {
    let world = World::new().await;
    let root = world.root().await;
    world
        .sim
        .fault(Fault::post("/api/v4/groups").times(3).status(403));
    let id = make(&root, 6, json!({ "maxFailures": 2, "concurrency": 1 })).await;

    let job = world.job_when(&root, &id, "paused").await;

    assert_eq!(job["waitingReason"], "2 items failed (maxFailures)");
    assert_eq!(
        standing(&root, &id).await,
        counts([("failed", 2), ("pending", 4)])
    );
    resume(&root, &id).await;
    let job = world.job_when(&root, &id, "completed").await;
    assert_eq!(
        (&job["failureCount"], &job["successCount"]),
        (&json!(3), &json!(3))
    );
}

#[tokio::test]
async fn the_first_failure_pauses_a_job_that_is_not_to_go_on_after_an_error() {
    let world = World::new().await;
    let root = world.root().await;
    world.sim.fault(Fault::post("/api/v4/groups").nth(3).status(403));
    let id = make(&root, 6, json!({ "continueOnError": false, "concurrency": 1 })).await;

    let job = world.job_when(&root, &id, "paused").await;

    assert_eq!(
        job["waitingReason"],
        "an item failed and continueOnError is false"
    );
    assert_eq!(
        standing(&root, &id).await,
        counts([("failed", 1), ("pending", 3), ("succeeded", 2)])
    );
    resume(&root, &id).await;
    let job = world.job_when(&root, &id, "completed").await;
    assert_eq!(
        (&job["failureCount"], &job["successCount"]),
        (&json!(1), &json!(5))
    );
}

#[tokio::test]
async fn a_share_of_errors_above_what_is_borne_pauses_the_job() {
    let world = World::new().await;
    let root = world.root().await;
    world
        .sim
        .fault(Fault::post("/api/v4/groups").every(2).status(403));
    let borne = make(&root, 20, json!({ "maxErrorRate": 0.5, "concurrency": 1 })).await;
    let job = world.job_when(&root, &borne, "completed").await;
    assert_eq!(
        (&job["failureCount"], &job["successCount"]),
        (&json!(10), &json!(10))
    );

    world.sim.fault(Fault::post("/api/v4/groups").status(403));
    let id = make(&root, 30, json!({ "maxErrorRate": 0.5, "concurrency": 1 })).await;

    let job = world.job_when(&root, &id, "paused").await;

    assert_eq!(
        job["waitingReason"],
        "10 of the last 10 items failed (maxErrorRate)"
    );
    assert_eq!(
        standing(&root, &id).await,
        counts([("failed", 10), ("pending", 10), ("skipped", 10)]),
        "what is there already counts as nothing"
    );
}

#[tokio::test]
async fn a_job_begins_at_its_moment() {
    let world = World::new().await;
    let root = world.root().await;
    let moment = world.clock.now().plus(Duration::from_hours(1)).to_string();
    let id = make(&root, 2, json!({ "notBefore": moment })).await;

    let job = world
        .job_that_waits(&root, &id, "it is not to be run before then (notBefore)")
        .await;

    assert_eq!(
        (&job["status"], &job["waitingUntil"], &job["progress"]),
        (&json!("pending"), &json!(moment), &json!(0))
    );
    world.clock.advance(Duration::from_mins(59));
    let other = root.create_groups(&["meanwhile"]).await;
    world.job_when(&root, &other, "completed").await;
    assert_eq!(standing(&root, &id).await, counts([("pending", 2)]));
    world.clock.advance(Duration::from_mins(1));
    let job = world.job_when(&root, &id, "completed").await;
    assert_eq!(job["successCount"], 2);
}

#[tokio::test]
async fn what_has_changed_since_the_plan_is_refused_with_the_difference_and_the_rest_is_done() {
    let world = World::new().await;
    let root = world.root().await;
    let made = make(&root, 3, json!({})).await;
    world.job_when(&root, &made, "completed").await;
    let wish = |number: u32| json!({ "group": format!("group-{number:02}"), "description": "ours" });
    let body = json!({
        "type": "bulk_update_groups", "start": false,
        "data": { "items": [wish(1), wish(2), wish(3)] },
    });
    let id = root.post("/api/jobs", body).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    world.job_when(&root, &id, "planned").await;
    let writes = world.sim.stats().writes.applied;

    let headers = [("content-type", "application/json")];
    let theirs = root
        .send(
            Method::PUT,
            "/api/gitlab/groups/group-02",
            &headers,
            r#"{"description":"theirs"}"#,
        )
        .await;
    assert_eq!(theirs.status, 200, "{}", theirs.text);
    world.clock.advance(Duration::from_secs(11));
    let started = root.post(&format!("/api/jobs/{id}/start"), json!({})).await;
    assert_eq!(started.status, 200, "{}", started.text);

    let job = world.job_when(&root, &id, "completed").await;
    assert_eq!(
        (&job["successCount"], &job["failureCount"]),
        (&json!(2), &json!(1))
    );
    let failed = root
        .get(&format!("/api/jobs/{id}/items?status=failed"))
        .await
        .json();
    let item = &failed["items"][0];
    assert_eq!(
        (&item["target"], &item["attempts"], &item["error"]["code"]),
        (&json!("group-02"), &json!(0), &json!("CHANGED_SINCE_PLAN"))
    );
    assert_eq!(
        item["error"]["message"],
        "`group-02` has changed since it was planned (description was \"\" then and is \"theirs\" now); nothing was sent: \
         plan again"
    );
    assert_eq!(
        world.sim.stats().writes.applied,
        writes + 3,
        "theirs, and two of ours"
    );
    let said = |path: &str| world.sim.group(path).unwrap().description;
    assert_eq!(
        ["group-01", "group-02", "group-03"].map(said),
        ["ours", "theirs", "ours"]
    );
}

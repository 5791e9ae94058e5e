//! What waits for minutes takes no place: others are planned and run meanwhile, and it goes on when it is time.

use std::time::Duration;

use gitlab_sim::Fault;
use serde_json::{Value, json};

use crate::world::{Person, World};

const FIVE_MINUTES: Duration = Duration::from_mins(5);

/// A server with one place for jobs, and two people.
async fn one_place() -> (World, Person, Person) {
    let world = World::patient(|settings| settings.max_concurrent_jobs = 1).await;
    let (one, other) = (world.root().await, world.signed_in("dev-0001").await);
    (world, one, other)
}

/// A refusal asks to wait, and its headers say that nothing is left of the window: whichever lasts longer is said.
fn is_a_limit(job: &Value) -> bool {
    let reasons = [
        "GitLab asked to wait",
        "GitLab's request quota for this window is used up",
    ];
    job["waitingReason"]
        .as_str()
        .is_some_and(|reason| reasons.contains(&reason))
}

impl World {
    /// The job, once it says that it waits, while half seconds pass.
    async fn job_once_it_waits(&self, person: &Person, id: &str) -> Value {
        self.until(async || {
            self.clock.pass(Duration::from_millis(500));
            let job = person.get(&format!("/api/jobs/{id}")).await.json();
            job["waitingUntil"].is_string().then_some(job)
        })
        .await
    }
}

#[tokio::test]
async fn a_plan_that_waits_for_a_limit_lets_others_go_first() {
    let (world, one, other) = one_place().await;
    world
        .sim
        .fault(Fault::get("/api/v4/groups/*").times(1).throttle(300));
    let id = one.create_groups(&["acme"]).await;

    let waits = world.job_once_it_waits(&one, &id).await;

    assert_eq!(waits["status"], "planning");
    assert!(is_a_limit(&waits), "{waits}");
    let others = other.create_groups(&["meanwhile"]).await;
    world.job_when(&other, &others, "completed").await;
    let waits = one.get(&format!("/api/jobs/{id}")).await.json();
    assert_eq!(waits["status"], "planning");
    world.clock.pass(FIVE_MINUTES);
    let job = world.job_when(&one, &id, "completed").await;
    assert_eq!((&job["successCount"], job.get("waitingUntil")), (&json!(1), None));
}

#[tokio::test]
async fn a_job_that_gitlab_sends_away_lets_others_go_first() {
    let (world, one, other) = one_place().await;
    world
        .sim
        .fault(Fault::post("/api/v4/groups").nth(2).throttle(300));
    let id = one.create_groups(&["acme", "beta"]).await;

    let waits = world.job_once_it_waits(&one, &id).await;

    assert!(is_a_limit(&waits), "{waits}");
    let waits = world.job_when(&one, &id, "pending").await;
    assert!(is_a_limit(&waits), "{waits}");
    let others = other.create_groups(&["meanwhile"]).await;
    world.job_when(&other, &others, "completed").await;
    let waits = one.get(&format!("/api/jobs/{id}")).await.json();
    assert_eq!(waits["status"], "pending");
    world.clock.pass(FIVE_MINUTES);
    let job = world.job_when(&one, &id, "completed").await;
    assert_eq!((&job["successCount"], job.get("waitingUntil")), (&json!(2), None));
    assert_eq!(world.sim.stats().writes.applied, 3);
}

#[tokio::test]
async fn an_outage_while_a_job_is_planned_is_told_and_waited_for() {
    let (world, one, _) = one_place().await;
    world.sim.fault(Fault::get("/api/v4/groups/*").status(503));
    let id = one.create_groups(&["acme"]).await;

    let waits = world.job_once_it_waits(&one, &id).await;

    assert_eq!(
        (&waits["status"], &waits["waitingReason"]),
        (&json!("planning"), &json!("GitLab does not answer"))
    );
    world.sim.clear_faults();
    let job = world
        .until(async || {
            world.clock.pass(Duration::from_millis(500));
            let job = one.get(&format!("/api/jobs/{id}")).await.json();
            (job["status"] == "completed").then_some(job)
        })
        .await;
    assert_eq!((&job["successCount"], job.get("waitingUntil")), (&json!(1), None));
}

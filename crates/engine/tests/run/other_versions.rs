//! What stands in the database that this version did not write, or not so.

use std::time::Duration;

use domain::{Action, ItemStatus, Job, JobEvent, JobId, JobOptions, JobStatus, Origin, Source};
use serde_json::value::RawValue;
use storage::{Claimant, Created, Items as _, Jobs as _, NewItem, NewJob, PlannedItem};

use crate::world::World;

/// A job that is to run by itself, of items with these places and operations.
async fn job(world: &World, items: &[(u32, &'static str)]) -> JobId {
    let job = NewJob {
        id: "0190f5fe-7c00-7a00-8000-000000000001".parse().unwrap(),
        kind: "mixed".to_owned(),
        origin: Origin::Cli,
        owner: world.actor.user.clone(),
        username: "root".to_owned(),
        options: JobOptions::default(),
        retry_of: None,
        undo_of: None,
        autostart: true,
        request: None,
        inputs: None,
        idempotency: None,
        quota: None,
    };
    let items = items.iter().map(|&(index, operation)| NewItem {
        index,
        operation,
        target: format!("group-{index}"),
        source: Source::default(),
        params: RawValue::from_string(format!(r#"{{"name":"group-{index}","path":"group-{index}"}}"#))
            .unwrap(),
        expects: None,
        input: None,
    });
    let created = world.storage.create_job(job, items.collect()).await.unwrap();
    let Created::New(job) = created else {
        panic!("it is there already")
    };
    job.id
}

/// Writes down a plan in which every item is created after these, and starts the job.
async fn planned(world: &World, job: JobId, items: &[(u32, &[u32])]) {
    let claimant = Claimant {
        name: "newer".to_owned(),
        lease: Duration::from_secs(10),
    };
    let (lease, _) = world.storage.claim_job(&claimant, job).await.unwrap();
    let items = items.iter().map(|&(index, depends_on)| PlannedItem {
        index,
        action: Action::Create,
        status: ItemStatus::Pending,
        changes: Vec::new(),
        depends_on: depends_on.to_vec(),
        error: None,
        result: None,
        notes: Vec::new(),
        found: None,
    });
    let storage = &world.storage;
    storage.record_plan(&lease, items.collect()).await.unwrap();
    storage.record_planned(&lease, None).await.unwrap();
    storage
        .move_leased(&lease, JobEvent::Planned, None)
        .await
        .unwrap();
    storage.move_job(job, JobEvent::Start, None).await.unwrap();
}

/// Why the job failed; nothing was sent.
fn refused(world: &World, job: &Job) -> String {
    assert_eq!(job.status, JobStatus::Failed, "{job:?}");
    assert_eq!(world.sim.stats().writes.applied, 0);
    let error = job.error.clone().unwrap();
    format!("{} {}", error.code, error.message)
}

#[tokio::test]
async fn a_job_with_an_operation_of_a_newer_version_fails_before_anything_is_sent() {
    let world = World::new().await;
    let job = job(&world, &[(0, "create_group"), (1, "paint_group")]).await;
    let (lease, claimed) = world.engine.claim_job(job, &world.actor).await.unwrap();
    let planned = world.engine.plan(&lease, &claimed, &world.gitlab).await;
    assert!(planned.is_err());
    let ended = world.engine.job(job, &world.actor).await.unwrap();
    assert_eq!(
        refused(&world, &ended),
        "INTERNAL_ERROR the job could not be planned: item 1 is a `paint_group`, which this version does not know; \
         resume it to try again"
    );
}

/// Items, the plan of them, and which of them cannot be run.
type Case = (
    &'static [(u32, &'static str)],
    &'static [(u32, &'static [u32])],
    &'static str,
);

#[tokio::test]
async fn a_plan_of_a_newer_version_that_cannot_be_followed_here_is_not_begun() {
    let cases: [Case; 3] = [
        (
            &[(0, "create_group"), (1, "paint_group")],
            &[(0, &[]), (1, &[])],
            "item 1 (paint_group)",
        ),
        // It needs one that is not there.
        (
            &[(0, "create_group"), (1, "create_group")],
            &[(0, &[]), (1, &[7])],
            "item 1 (create_group)",
        ),
        // One is missing.
        (
            &[(0, "create_group"), (2, "create_group")],
            &[(0, &[]), (2, &[])],
            "item 2 (create_group)",
        ),
    ];
    for (items, plan, which) in cases {
        let world = World::new().await;
        let job = job(&world, items).await;
        planned(&world, job, plan).await;
        let ended = world.work(job).await;
        assert_eq!(
            refused(&world, &ended),
            format!(
                "INTERNAL_ERROR the job could not go on: {which} cannot be run by this version; resume it to try again"
            )
        );
    }
}

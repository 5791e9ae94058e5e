//! What planning found out.

use domain::{Action, Change, ItemResult, ItemStatus};
use serde_json::json;

use super::World;
use super::actors::{new_items, problem, raw, to_create};
use crate::{PlannedItem, Quota, StorageError};

pub async fn planning_again_leaves_the_second_plan(world: World) {
    let job = world.job(4).await;
    let planner = world.runner("anna").claims_any().await.unwrap();
    let there = ItemResult {
        id: Some(12),
        full_path: Some("acme/group-1".to_owned()),
        web_url: None,
    };
    let now = world.a_second_passes();
    let plan = vec![
        to_create(0),
        PlannedItem {
            action: Action::Skip,
            status: ItemStatus::Skipped,
            error: Some(Box::new(problem("EXISTS"))),
            result: Some(Box::new(there.clone())),
            ..to_create(1)
        },
        PlannedItem {
            action: Action::Conflict,
            status: ItemStatus::Failed,
            error: Some(Box::new(problem("PATH_TAKEN"))),
            ..to_create(2)
        },
        PlannedItem {
            action: Action::Update,
            changes: vec![Change {
                field: "name".to_owned(),
                from: json!(null),
                to: json!("Acme"),
            }],
            depends_on: vec![0, 2],
            found: Some(raw(r#"{"namespace":12}"#)),
            ..to_create(3)
        },
    ];
    planner.plans(plan).await.unwrap();

    let planned = world.look(job).await;
    assert_eq!(
        (planned.progress, planned.skipped_count, planned.failure_count),
        (2, 1, 1)
    );
    let shown = world.shown(job).await;
    assert_eq!(shown[1].action, Some(Action::Skip));
    assert_eq!(
        (&shown[1].error, &shown[1].result),
        (&Some(problem("EXISTS")), &Some(there))
    );
    assert_eq!((shown[1].finished_at, shown[3].finished_at), (Some(now), None));
    assert_eq!(shown[3].changes[0].to, json!("Acme"));
    let loaded = world.storage.load_items(job, Some(2), 10).await.unwrap();
    assert_eq!(loaded[0].depends_on, [0, 2]);
    assert_eq!(loaded[0].changes().unwrap(), shown[3].changes);
    assert_eq!(
        loaded[0].found.as_deref().map(serde_json::value::RawValue::get),
        Some(r#"{"namespace":12}"#)
    );

    planner.plans((0..4).map(to_create).collect()).await.unwrap();
    let planned = world.look(job).await;
    assert_eq!(
        (planned.progress, planned.skipped_count, planned.failure_count),
        (0, 0, 0)
    );
    for item in world.shown(job).await {
        assert_eq!(
            (item.action, item.status),
            (Some(Action::Create), ItemStatus::Pending)
        );
        assert_eq!((item.error, item.result, item.finished_at), (None, None, None));
        assert!(item.changes.is_empty() && item.depends_on.is_empty());
    }
    assert!(
        world.storage.load_items(job, Some(2), 10).await.unwrap()[0]
            .found
            .is_none()
    );
}

pub async fn a_runner_that_was_fenced_out_cannot_record_a_plan(world: World) {
    let job = world.job(1).await;
    let anna = world.runner("anna").claims(job).await;
    let boris = world.runner("boris").claims(job).await;
    let refused = anna.plans(vec![to_create(0)]).await;
    assert!(
        matches!(refused, Err(StorageError::LeaseLost(lost)) if lost == job),
        "{refused:?}"
    );
    assert_eq!(world.shown(job).await[0].action, None);
    boris.plans(vec![to_create(0)]).await.unwrap();
}

pub async fn what_a_job_comes_to_keeps_within_its_owners_quota(world: World) {
    world.planned_job(4).await;
    let job = world.job(1).await;
    let run = world.runner("anna").claims(job).await;
    let owner = world.new_job().owner;
    let replace = async |items, limit| {
        let quota = Quota {
            jobs: 1,
            items: limit,
        };
        let quota = Some((&owner, quota));
        world
            .storage
            .replace_items(&run.lease, new_items(items), quota)
            .await
    };
    // What it had does not count beside what it comes to.
    replace(6, 10).await.unwrap();
    assert_eq!(world.look(job).await.total, 6);
    let refused = replace(7, 10).await.unwrap_err().to_string();
    assert_eq!(
        refused,
        "you have 4 items that have not ended and want 7 more, and nobody may have more than 10"
    );
    assert_eq!(
        (world.look(job).await.total, world.shown(job).await.len()),
        (6, 6),
        "all or nothing"
    );
    world
        .storage
        .replace_items(&run.lease, new_items(7), None)
        .await
        .unwrap();
    assert_eq!(world.shown(job).await.len(), 7);

    let _boris = world.runner("boris").claims(job).await;
    let lost = replace(1, 10).await;
    assert!(
        matches!(lost, Err(StorageError::LeaseLost(lost)) if lost == job),
        "{lost:?}"
    );
}

pub async fn of_many_jobs_that_come_to_something_at_once_all_keep_within_their_owners_quota(world: World) {
    let quota = Quota { jobs: 1, items: 10 };
    let owner = world.new_job().owner;
    let mut runs = Vec::new();
    for name in ["anna", "boris", "clara", "dmitri"] {
        let job = world.job(1).await;
        runs.push(world.runner(name).claims(job).await);
    }
    // Each has one item as yet: two of them can come to four, beside one each of the others.
    let replacing = runs.iter().map(|run| {
        world
            .storage
            .replace_items(&run.lease, new_items(4), Some((&owner, quota)))
    });
    let outcomes = futures::future::join_all(replacing).await;
    let replaced = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(replaced, 2, "{outcomes:?}");
}

pub async fn a_job_that_could_not_be_verified_says_why_until_it_is(world: World) {
    let job = world.planned_job(2).await;
    let before = world.look(job).await;
    assert_eq!((before.verified_at, &before.verification_error), (None, &None));
    let storage = &world.storage;
    let why = problem("GITLAB_UNREACHABLE");
    storage
        .record_verification_error(job, Some(why.clone()))
        .await
        .unwrap();
    let failed = world.look(job).await;
    assert_eq!((failed.verified_at, failed.verification_error), (None, Some(why)));
    assert!(failed.version > before.version);

    // Asked for again: nobody is to take the old answer for the new one.
    storage.record_verification_error(job, None).await.unwrap();
    assert_eq!(world.look(job).await.verification_error, None);
    storage
        .record_verification_error(job, Some(problem("UNAUTHORIZED")))
        .await
        .unwrap();
    let now = world.a_second_passes();
    storage
        .record_differences(job, vec![(1, Vec::new())])
        .await
        .unwrap();
    let verified = world.look(job).await;
    assert_eq!(
        (verified.verified_at, verified.verification_error),
        (Some(now), None)
    );

    let unknown = "01890000-0000-7000-8000-000000000000".parse().unwrap();
    let refused = storage.record_verification_error(unknown, None).await;
    assert!(matches!(refused, Err(StorageError::JobNotFound(id)) if id == unknown));
}

//! What was intended and what came of it.

use std::time::Duration;

use domain::{ItemResult, ItemStatus, JobEvent, JobStatus, LookAt, Timestamp};

use super::World;
use super::actors::{begin, change, evidence, intent, problem, success, to_create};
use crate::{EvidenceKind, Intent, ItemChange, LastAttempt, LedgerBatch, Progress, StorageError};

pub async fn a_runner_that_was_fenced_out_records_nothing(world: World) {
    let job = world.started_job(2).await;
    let anna = world.runner("anna").claims_any().await.unwrap();
    anna.begins([0]).await.unwrap();
    world.the_lease_runs_out();
    let boris = world.runner("boris").claims_any().await.unwrap();
    let before = world.look(job).await;

    for batch in [
        begin([1], world.now()),
        success([0], world.now()),
        LedgerBatch::default(),
    ] {
        let refused = anna.commits(&batch).await;
        assert!(
            matches!(refused, Err(StorageError::LeaseLost(lost)) if lost == job),
            "{refused:?}"
        );
    }
    assert_eq!(world.look(job).await, before);
    assert_eq!(world.standing(job).await, "running pending");
    assert_eq!(
        world.open_intents(job).await,
        ["0.1.0"],
        "what anna left is for boris to settle"
    );

    boris.succeeds([0]).await.unwrap();
    assert_eq!(world.open_intents(job).await, [""; 0]);
}

pub async fn an_intent_is_open_until_there_is_evidence(world: World) {
    let job = world.started_job(12).await;
    let run = world.runner("anna").claims_any().await.unwrap();
    let at = world.a_second_passes();
    let mut second_call = intent(2, 1, at);
    second_call.call = 1;
    second_call.path = "/groups/12/members".into();
    let batch = LedgerBatch {
        intents: vec![intent(10, 1, at), second_call, intent(2, 1, at), intent(2, 2, at)],
        ..LedgerBatch::default()
    };
    run.commits(&batch).await.unwrap();
    assert_eq!(
        world.open_intents(job).await,
        ["2.1.0", "2.1.1", "2.2.0", "10.1.0"]
    );
    let open = &world.storage.open_intents(job).await.unwrap()[1];
    assert_eq!(
        (open.method.as_str(), open.path.as_str(), open.at),
        ("POST", "/groups/12/members", at)
    );

    for (n, kind) in EvidenceKind::ALL.into_iter().enumerate() {
        let item = u32::try_from(n).unwrap() + 3;
        run.begins([item]).await.unwrap();
        let mut known = evidence(item, 1, at);
        known.kind = kind;
        known.gitlab_status = None;
        known.request_id = None;
        known.seen = None;
        run.commits(&LedgerBatch {
            evidence: vec![known],
            ..LedgerBatch::default()
        })
        .await
        .unwrap();
    }
    run.succeeds([2]).await.unwrap();
    assert_eq!(world.open_intents(job).await, ["2.1.1", "2.2.0", "10.1.0"]);

    let another = world.started_job(12).await;
    assert_eq!(world.open_intents(another).await, [""; 0]);
    assert_eq!(world.open_intents(world.new_job().id).await, [""; 0]);
}

pub async fn a_batch_that_comes_twice_changes_nothing(world: World) {
    let job = world.started_job(4).await;
    let run = world.runner("anna").claims_any().await.unwrap();
    let at = world.now();
    let mut batch = success([0, 1], at);
    batch.items.push(change(2, ItemStatus::Failed, at));
    let begun = begin([0, 1, 2, 3], at);
    run.commits(&begun).await.unwrap();
    run.commits(&batch).await.unwrap();
    let once = world.look(job).await;
    assert_eq!((once.progress, once.success_count, once.failure_count), (3, 2, 1));

    world.a_second_passes();
    run.commits(&batch).await.unwrap();
    let twice = world.look(job).await;
    assert_eq!(
        (twice.progress, twice.success_count, twice.failure_count),
        (3, 2, 1)
    );
    assert_eq!(world.standing(job).await, "succeeded succeeded failed running");
    assert_eq!(world.open_intents(job).await, ["2.1.0", "3.1.0"]);
    run.commits(&begin([3], world.now())).await.unwrap();
    assert_eq!(
        world.storage.open_intents(job).await.unwrap()[1].at,
        at,
        "the first intent stands"
    );
}

pub async fn the_first_evidence_stands(world: World) {
    let job = world.started_job(1).await;
    let run = world.runner("anna").claims_any().await.unwrap();
    run.begins([0]).await.unwrap();
    run.succeeds([0]).await.unwrap();
    let mut other = evidence(0, 1, world.a_second_passes());
    other.kind = EvidenceKind::FoundAbsent;
    run.commits(&LedgerBatch {
        evidence: vec![other],
        ..LedgerBatch::default()
    })
    .await
    .unwrap();
    assert_eq!(world.open_intents(job).await, [""; 0]);
    assert_eq!(world.standing(job).await, "succeeded");
}

pub async fn the_last_attempts_are_those_of_items_that_have_not_ended(world: World) {
    let job = world.started_job(4).await;
    let run = world.runner("anna").claims_any().await.unwrap();
    run.begins([0, 1, 2]).await.unwrap();
    let at = world.now();
    let again = LedgerBatch {
        intents: vec![intent(1, 2, at), intent(1, 11, at), intent(2, 2, at)],
        ..LedgerBatch::default()
    };
    run.commits(&again).await.unwrap();
    run.marks(2, ItemStatus::Pending).await.unwrap();
    run.succeeds([0]).await.unwrap();
    let last = |item, attempt| LastAttempt { item, attempt, at };
    assert_eq!(
        world.storage.last_attempts(job).await.unwrap(),
        [last(1, 11), last(2, 2)]
    );

    let another = world.started_job(4).await;
    assert_eq!(world.storage.last_attempts(another).await.unwrap(), []);
}

/// A caller may be dropped at any moment: a request that nobody waits for, a process that stops.
pub async fn a_commit_that_is_given_up_halfway_is_whole_or_absent(world: World) {
    let job = world.started_job(100).await;
    let mut run = world.runner("anna").claims_any().await.unwrap();
    let mut absent = 0;
    for item in 0..100 {
        let batch = begin([item], world.now());
        let patience = async {
            for _ in 0..item {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            _ = run.commits(&batch) => {}
            () = patience => {}
        }

        // Whoever takes the job next finds it decided: what comes later is fenced out.
        run = world.runner("anna").claims(job).await;
        let begun = world.statuses(job).await[item as usize] == ItemStatus::Running;
        let open = world.open_intents(job).await.contains(&format!("{item}.1.0"));
        assert_eq!(begun, open, "item {item}");
        absent += usize::from(!begun);
    }
    assert!(absent > 0, "none was given up before its end");
    run.begins(0..100).await.unwrap();
    run.succeeds(0..100).await.unwrap();
    let job = world.look(job).await;
    assert_eq!((job.progress, job.success_count), (100, 100));
}

pub async fn a_paused_job_takes_evidence_but_no_intents(world: World) {
    let job = world.started_job(4).await;
    let run = world.runner("anna").claims_any().await.unwrap();
    run.begins([0, 1]).await.unwrap();
    world.person_moves(job, JobEvent::Pause).await.unwrap();

    let at = world.now();
    let mut batch = begin([2, 3], at);
    batch.evidence.push(evidence(0, 1, at));
    batch.items.push(change(0, ItemStatus::Succeeded, at));
    batch.items.push(change(1, ItemStatus::Pending, at));
    let committed = run.commits(&batch).await.unwrap();
    assert_eq!(
        committed.status,
        JobStatus::Paused,
        "so the runner must not send 2 and 3"
    );
    assert_eq!(world.standing(job).await, "succeeded pending pending pending");
    assert_eq!(world.open_intents(job).await, ["1.1.0"]);
    let job = world.look(job).await;
    assert_eq!((job.status, job.progress), (JobStatus::Paused, 1));
}

pub async fn what_an_item_has_done_is_recorded_in_a_job_that_was_stopped(world: World) {
    for event in [JobEvent::Pause, JobEvent::Cancel] {
        let job = world.started_job(1).await;
        let run = world.runner("anna").claims(job).await;
        run.begins([0]).await.unwrap();
        world.person_moves(job, event).await.unwrap();

        let at = world.now();
        let first_of_two = LedgerBatch {
            evidence: vec![evidence(0, 1, at)],
            items: vec![half_done(0, at)],
            ..LedgerBatch::default()
        };
        run.commits(&first_of_two).await.unwrap();
        assert_eq!(world.open_intents(job).await, Vec::<String>::new());
        let items = world.storage.load_items(job, None, 10).await.unwrap();
        assert_eq!(items[0].step, 1, "{event:?}: what was done is not done again");
    }
}

pub async fn an_item_that_has_begun_goes_on_in_a_job_that_was_stopped(world: World) {
    for event in [JobEvent::Pause, JobEvent::Cancel] {
        let job = world.started_job(3).await;
        let run = world.runner("anna").claims(job).await;
        run.begins([0]).await.unwrap();
        run.commits(&LedgerBatch {
            evidence: vec![evidence(0, 1, world.now())],
            items: vec![half_done(0, world.now())],
            ..LedgerBatch::default()
        })
        .await
        .unwrap();
        world.person_moves(job, event).await.unwrap();

        let at = world.a_second_passes();
        let second_write = Intent {
            call: 1,
            ..intent(0, 2, at)
        };
        let batch = LedgerBatch {
            intents: vec![intent(1, 1, at), second_write, intent(2, 1, at)],
            items: vec![
                change(1, ItemStatus::Running, at),
                half_done(0, at),
                change(2, ItemStatus::Running, at),
            ],
            ..LedgerBatch::default()
        };
        let committed = run.commits(&batch).await.unwrap();
        assert_ne!(committed.status, JobStatus::Running);
        assert_eq!(world.open_intents(job).await, ["0.2.1"], "{event:?}");
        let left = match event {
            JobEvent::Cancel => "running cancelled cancelled",
            _ => "running pending pending",
        };
        assert_eq!(world.standing(job).await, left);

        run.succeeds([0]).await.unwrap();
        assert_eq!(world.look(job).await.success_count, 1, "{event:?}");
    }
}

fn half_done(item: u32, at: Timestamp) -> ItemChange {
    ItemChange {
        step: 1,
        ..change(item, ItemStatus::Running, at)
    }
}

pub async fn what_is_put_back_into_a_cancelled_job_is_cancelled(world: World) {
    let job = world.started_job(4).await;
    let run = world.runner("anna").claims_any().await.unwrap();
    run.begins([0, 1]).await.unwrap();
    world.person_moves(job, JobEvent::Cancel).await.unwrap();
    assert_eq!(world.standing(job).await, "running running cancelled cancelled");

    let at = world.now();
    let mut batch = success([0], at);
    batch.items.push(change(1, ItemStatus::Pending, at));
    batch.items.push(change(2, ItemStatus::Running, at));
    let committed = run.commits(&batch).await.unwrap();
    assert_eq!(committed.status, JobStatus::Cancelled);
    assert_eq!(
        world.standing(job).await,
        "succeeded cancelled cancelled cancelled"
    );
    let job = world.look(job).await;
    assert_eq!((job.progress, job.success_count), (4, 1));
}

pub async fn an_unknown_item_spoils_the_whole_batch(world: World) {
    let job = world.started_job(2).await;
    let run = world.runner("anna").claims_any().await.unwrap();
    let before = world.look(job).await;
    for items in [[0, 2], [0, 0]] {
        let refused = run.begins(items).await;
        assert!(
            matches!(refused, Err(StorageError::Inconsistent { .. })),
            "{items:?}: {refused:?}"
        );
    }
    assert_eq!(world.look(job).await, before);
    assert_eq!(world.standing(job).await, "pending pending");
    assert_eq!(world.open_intents(job).await, [""; 0]);
}

pub async fn what_planning_found_is_kept_when_a_change_says_nothing(world: World) {
    let job = world.job(2).await;
    let found = ItemResult {
        id: Some(7),
        full_path: Some("acme/group-0".to_owned()),
        web_url: None,
    };
    let planner = world.runner("anna").claims(job).await;
    let mut plan = vec![to_create(0), to_create(1)];
    plan[0].result = Some(Box::new(found.clone()));
    planner.plans(plan).await.unwrap();
    planner.moves(JobEvent::Planned).await.unwrap();
    world.person_moves(job, JobEvent::Start).await.unwrap();

    let run = world.runner("anna").claims(job).await;
    run.begins([0, 1]).await.unwrap();
    let made = ItemResult {
        id: Some(8),
        ..ItemResult::default()
    };
    let look_at = LookAt {
        url: Some("https://gitlab.example.com/acme".to_owned()),
        message: "Is it there?".to_owned(),
    };
    let mut lost = change(1, ItemStatus::Unconfirmed, world.now());
    lost.error = Some(problem("ANSWER_LOST"));
    lost.look_at = Some(look_at.clone());
    lost.result = Some(made.clone());
    lost.attempts = 3;
    run.commits(&LedgerBatch {
        items: vec![lost],
        ..LedgerBatch::default()
    })
    .await
    .unwrap();
    run.succeeds([0]).await.unwrap();

    let items = world.shown(job).await;
    assert_eq!(items[0].result, Some(found));
    assert_eq!((&items[1].result, items[1].attempts), (&Some(made), 3));
    assert_eq!(items[1].look_at, Some(look_at));
    assert_eq!(items[1].error, Some(problem("ANSWER_LOST")));
    assert_eq!(world.look(job).await.unconfirmed_count, 1);

    run.marks(1, ItemStatus::Succeeded).await.unwrap();
    let item = &world.shown(job).await[1];
    assert_eq!(
        (&item.error, &item.look_at),
        (&None, &None),
        "what is settled needs no explanation"
    );
}

pub async fn an_item_is_dated_by_its_first_start_and_its_end(world: World) {
    let job = world.started_job(1).await;
    let run = world.runner("anna").claims_any().await.unwrap();
    let first = world.a_second_passes();
    run.begins([0]).await.unwrap();
    world.a_second_passes();
    run.marks(0, ItemStatus::Pending).await.unwrap();
    world.a_second_passes();
    run.begins([0]).await.unwrap();
    let item = &world.shown(job).await[0];
    assert_eq!((item.started_at, item.finished_at), (Some(first), None));
    let end = world.a_second_passes();
    run.succeeds([0]).await.unwrap();
    let item = &world.shown(job).await[0];
    assert_eq!((item.started_at, item.finished_at), (Some(first), Some(end)));
}

pub async fn the_version_rises_with_what_people_can_see(world: World) {
    let job = world.started_job(2).await;
    let run = world.runner("anna").claims_any().await.unwrap();
    let before = world.look(job).await;
    let at = world.a_second_passes();

    let unseen = LedgerBatch {
        intents: vec![intent(0, 1, at)],
        ..LedgerBatch::default()
    };
    assert_eq!(run.commits(&unseen).await.unwrap().version, before.version);
    assert_eq!(world.look(job).await, before);

    assert_eq!(run.begins([0]).await.unwrap().version, before.version + 1);
    let after = world.look(job).await;
    assert_eq!((after.version, after.updated_at), (before.version + 1, at));
}

pub async fn the_rate_is_shown_while_the_job_runs(world: World) {
    let job = world.started_job(1).await;
    let run = world.runner("anna").claims_any().await.unwrap();
    let end = world.in_a_while(Duration::from_mins(1));
    let measured = LedgerBatch {
        progress: Some(Progress {
            items_per_second: 12.5,
            estimated_completion: Some(end),
        }),
        ..LedgerBatch::default()
    };
    run.commits(&measured).await.unwrap();
    let shown = world.look(job).await;
    assert_eq!(
        (shown.items_per_second, shown.estimated_completion),
        (Some(12.5), Some(end))
    );

    let paused = world.person_moves(job, JobEvent::Pause).await.unwrap();
    assert_eq!(
        (paused.items_per_second, paused.estimated_completion),
        (None, None)
    );
    run.commits(&measured).await.unwrap();
    assert_eq!(
        world.look(job).await.items_per_second,
        None,
        "it does not go anywhere now"
    );
}

pub async fn two_hundred_items_at_once(world: World) {
    let job = world.started_job(200).await;
    let run = world.runner("anna").claims_any().await.unwrap();
    run.begins(0..200).await.unwrap();
    assert_eq!(world.open_intents(job).await.len(), 200);
    run.succeeds(0..199).await.unwrap();
    assert_eq!(world.open_intents(job).await, ["199.1.0"]);
    assert_eq!(world.look(job).await.success_count, 199);
}

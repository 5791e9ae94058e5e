//! A job's life: every step guarded by the status it has at that moment.

use std::time::Duration;

use domain::{JobEvent, JobId, JobStatus, LookAt};
use futures::future::join_all;

use super::World;
use super::actors::problem;
use crate::StorageError;

/// A job that got into this status by ordinary steps.
async fn job_that_is(world: &World, status: JobStatus) -> JobId {
    use JobEvent as E;
    let steps: &[E] = match status {
        JobStatus::Planning => &[],
        JobStatus::Planned => &[E::Planned],
        JobStatus::Pending => &[E::Planned, E::Start],
        JobStatus::Running => &[E::Planned, E::Start, E::Claimed],
        JobStatus::Paused => &[E::Planned, E::Start, E::Pause],
        JobStatus::Completed => &[E::Planned, E::Start, E::Claimed, E::Finished],
        JobStatus::Failed => &[E::Broke],
        JobStatus::Cancelled => &[E::Cancel],
    };
    let job = world.job(1).await;
    for step in steps {
        world.person_moves(job, *step).await.unwrap();
    }
    assert_eq!(world.look(job).await.status, status);
    job
}

pub async fn every_event_is_refused_where_the_table_of_a_jobs_life_refuses_it(world: World) {
    for status in JobStatus::ALL {
        for event in JobEvent::ALL {
            let job = job_that_is(&world, status).await;
            let before = world.look(job).await;
            let now = world.a_second_passes();
            match (world.person_moves(job, event).await, status.after(event)) {
                (Ok(moved), Ok(expected)) => {
                    assert_eq!(moved.status, expected, "{status} + {event:?}");
                    assert_eq!((moved.version, moved.updated_at), (before.version + 1, now));
                    assert_eq!(
                        moved.finished_at.is_some(),
                        expected.has_ended(),
                        "{status} + {event:?}"
                    );
                    assert_eq!(world.look(job).await, moved);
                }
                (Err(StorageError::IllegalTransition(refused)), Err(expected)) => {
                    assert_eq!(refused, expected);
                    assert_eq!(world.look(job).await, before, "nothing was changed");
                }
                (outcome, expected) => panic!("{status} + {event:?}: {outcome:?}, not {expected:?}"),
            }
        }
    }
}

pub async fn only_one_of_many_starts_succeeds(world: World) {
    let job = world.planned_job(1).await;
    let starts = join_all((0..8).map(|_| world.person_moves(job, JobEvent::Start))).await;
    assert_eq!(starts.iter().filter(|start| start.is_ok()).count(), 1);
}

pub async fn cancelling_cancels_what_was_not_begun(world: World) {
    let job = world.started_job(4).await;
    let run = world.runner("anna").claims_any().await.unwrap();
    run.begins([0, 1]).await.unwrap();
    run.succeeds([0]).await.unwrap();
    let now = world.a_second_passes();

    let cancelled = world.person_moves(job, JobEvent::Cancel).await.unwrap();
    assert_eq!(cancelled.status, JobStatus::Cancelled);
    assert_eq!((cancelled.progress, cancelled.success_count), (3, 1));
    assert_eq!(cancelled.finished_at, Some(now));
    assert_eq!(world.look(job).await, cancelled);
    assert_eq!(world.standing(job).await, "succeeded running cancelled cancelled");
    assert_eq!(world.shown(job).await[3].finished_at, Some(now));

    run.succeeds([1]).await.unwrap();
    assert_eq!(
        world.look(job).await.progress,
        4,
        "what was sent is still accounted for"
    );
}

pub async fn what_was_under_way_when_a_job_was_cancelled_is_left_to_people_once_nobody_holds_it(
    world: World,
) {
    let job = world.started_job(3).await;
    let anna = world.runner("anna").claims_any().await.unwrap();
    anna.begins([0, 1]).await.unwrap();
    world.storage.move_job(job, JobEvent::Cancel, None).await.unwrap();
    let look_at = LookAt {
        url: None,
        message: "look whether it was done".into(),
    };

    let left = world.storage.leave_cancelled(&look_at).await.unwrap();
    assert_eq!(
        (left, world.standing(job).await.as_str()),
        (0, "running running cancelled"),
        "anna may still answer"
    );

    anna.succeeds([0]).await.unwrap();
    world.the_lease_runs_out();
    let left = world.storage.leave_cancelled(&look_at).await.unwrap();
    assert_eq!(
        (left, world.standing(job).await.as_str()),
        (1, "succeeded unconfirmed cancelled")
    );
    let counted = world.storage.job(job).await.unwrap().unwrap().job;
    assert_eq!(
        (counted.progress, counted.success_count, counted.unconfirmed_count),
        (3, 1, 1)
    );
    assert_eq!(world.storage.leave_cancelled(&look_at).await.unwrap(), 0);
}

pub async fn a_broken_job_says_why_until_it_is_resumed(world: World) {
    let job = world.started_job(1).await;
    let run = world.runner("anna").claims_any().await.unwrap();
    let why = problem("INSTANCE_GONE");
    let now = world.a_second_passes();
    let broken = world
        .storage
        .move_leased(&run.lease, JobEvent::Broke, Some(why.clone()))
        .await
        .unwrap();
    assert_eq!(broken.status, JobStatus::Failed);
    assert_eq!((&broken.error, broken.finished_at), (&Some(why), Some(now)));
    assert!(world.runner("boris").claims_any().await.is_none());

    let resumed = world.person_moves(job, JobEvent::Resume).await.unwrap();
    assert_eq!((resumed.error, resumed.finished_at), (None, None));
    let run = world
        .runner("boris")
        .claims_any()
        .await
        .expect("the lease ended with the failure");
    assert_eq!(run.job.started_at, broken.started_at, "the first start counts");
}

pub async fn a_paused_job_says_why_until_it_is_resumed(world: World) {
    let job = world.started_job(1).await;
    let run = world.runner("anna").claims_any().await.unwrap();
    let until = world.in_a_while(Duration::from_mins(1));
    world
        .storage
        .set_waiting(&run.lease, Some((until, "rate limit")))
        .await
        .unwrap();
    let paused = world
        .storage
        .move_leased(&run.lease, JobEvent::Pause, Some(problem("MAX_FAILURES")))
        .await
        .unwrap();
    assert_eq!(paused.status, JobStatus::Paused);
    assert_eq!(
        paused.waiting_reason.as_deref(),
        Some("it went wrong: MAX_FAILURES")
    );
    assert_eq!(paused.waiting_until, None, "a person decides when it goes on");
    assert_eq!(paused.error, None);

    let resumed = world.person_moves(job, JobEvent::Resume).await.unwrap();
    assert_eq!(
        (resumed.status, resumed.waiting_reason),
        (JobStatus::Pending, None)
    );
    let paused = world
        .storage
        .move_job(job, JobEvent::Pause, Some("lunch"))
        .await
        .unwrap();
    assert_eq!(paused.waiting_reason.as_deref(), Some("lunch"));
}

pub async fn a_waiting_job_says_until_when(world: World) {
    let job = world.started_job(1).await;
    let run = world.runner("anna").claims_any().await.unwrap();
    let until = world.in_a_while(Duration::from_secs(30));
    let waits = world
        .storage
        .set_waiting(&run.lease, Some((until, "Retry-After")))
        .await
        .unwrap();
    assert_eq!(
        (waits.status, waits.waiting_until),
        (JobStatus::Running, Some(until))
    );
    assert_eq!(waits.waiting_reason.as_deref(), Some("Retry-After"));
    assert_eq!(waits.version, run.job.version + 1);

    let goes_on = world.storage.set_waiting(&run.lease, None).await.unwrap();
    assert_eq!((goes_on.waiting_until, goes_on.waiting_reason), (None, None));

    world.runner("boris").claims(job).await;
    let refused = world.storage.set_waiting(&run.lease, None).await;
    assert!(matches!(refused, Err(StorageError::LeaseLost(_))), "{refused:?}");
}

pub async fn what_a_runner_waits_for_does_not_hide_why_its_job_was_paused(world: World) {
    let job = world.started_job(1).await;
    let run = world.runner("anna").claims_any().await.unwrap();
    world
        .storage
        .move_job(job, JobEvent::Pause, Some("lunch"))
        .await
        .unwrap();
    let until = world.in_a_while(Duration::from_secs(30));
    for waits_for in [Some((until, "Retry-After")), None] {
        let paused = world.storage.set_waiting(&run.lease, waits_for).await.unwrap();
        assert_eq!(
            (
                paused.status,
                paused.waiting_until,
                paused.waiting_reason.as_deref()
            ),
            (JobStatus::Paused, None, Some("lunch"))
        );
    }
    world.storage.release(&run.lease).await.unwrap();
    let let_go = world.storage.set_waiting(&run.lease, None).await;
    assert!(matches!(let_go, Err(StorageError::LeaseLost(_))), "{let_go:?}");
}

pub async fn nobody_can_move_a_job_that_does_not_exist(world: World) {
    let unknown = world.new_job().id;
    for event in JobEvent::ALL {
        let refused = world.person_moves(unknown, event).await;
        assert!(
            matches!(refused, Err(StorageError::JobNotFound(id)) if id == unknown),
            "{refused:?}"
        );
    }
}

pub async fn a_runner_that_was_fenced_out_cannot_move_the_job(world: World) {
    let job = world.started_job(2).await;
    let anna = world.runner("anna").claims(job).await;
    let boris = world.runner("boris").claims(job).await;
    let before = world.look(job).await;
    for event in [
        JobEvent::Finished,
        JobEvent::Yielded,
        JobEvent::Pause,
        JobEvent::Broke,
        JobEvent::Start,
    ] {
        let refused = anna.moves(event).await;
        assert!(
            matches!(refused, Err(StorageError::LeaseLost(lost)) if lost == job),
            "{refused:?}"
        );
    }
    assert_eq!(world.look(job).await, before);
    boris.moves(JobEvent::Finished).await.unwrap();
}

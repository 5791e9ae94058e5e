//! The right to run a job: one holder at a time.

use std::collections::HashSet;
use std::time::Duration;

use domain::{JobEvent, JobStatus, Origin};
use futures::future::join_all;

use super::World;
use super::actors::LEASE;
use crate::{Need, StorageError};

pub async fn one_job_goes_to_one_of_many_claimants(world: World) {
    for _ in 0..5 {
        world.started_job(1).await;
    }
    let names: Vec<String> = (0..10).map(|n| format!("runner-{n}")).collect();
    let runs = join_all(names.iter().map(|name| world.runner(name).claims_any())).await;
    let claimed: Vec<_> = runs.into_iter().flatten().map(|run| run.lease.job).collect();
    assert_eq!(claimed.len(), 5);
    assert_eq!(claimed.iter().collect::<HashSet<_>>().len(), 5, "no job twice");
}

pub async fn the_oldest_job_goes_first(world: World) {
    let first = world.started_job(1).await;
    let second = world.started_job(1).await;
    let runner = world.runner("anna");
    assert_eq!(runner.claims_any().await.unwrap().lease.job, first);
    assert_eq!(runner.claims_any().await.unwrap().lease.job, second);
    assert!(runner.claims_any().await.is_none());
}

pub async fn a_lease_that_ran_out_is_taken_over(world: World) {
    let job = world.started_job(1).await;
    let anna = world.runner("anna").claims_any().await.unwrap();
    assert_eq!(anna.job.status, JobStatus::Running);

    world
        .clock
        .advance(LEASE.saturating_sub(Duration::from_millis(1)));
    assert!(world.runner("boris").claims_any().await.is_none());
    world.clock.advance(Duration::from_millis(1));
    let boris = world.runner("boris").claims_any().await.unwrap();
    assert_eq!(boris.lease.job, job);
    assert_eq!(boris.job.status, JobStatus::Running);
    assert_eq!(boris.lease.epoch, anna.lease.epoch + 1);

    let renewal = world.storage.renew(&anna.lease).await;
    assert!(matches!(renewal, Err(StorageError::LeaseLost(lost)) if lost == job));
    // Letting go of what is not held does not take it from its holder.
    world.storage.release(&anna.lease).await.unwrap();
    assert!(world.runner("anna").claims_any().await.is_none());
}

pub async fn a_renewed_lease_is_not_taken_over(world: World) {
    world.started_job(1).await;
    let anna = world.runner("anna").claims_any().await.unwrap();
    for _ in 0..5 {
        world.clock.advance(LEASE.saturating_sub(Duration::from_secs(1)));
        assert_eq!(
            world.storage.renew(&anna.lease).await.unwrap(),
            JobStatus::Running
        );
        assert!(world.runner("boris").claims_any().await.is_none());
    }
}

pub async fn a_renewal_tells_of_the_pause(world: World) {
    let job = world.started_job(1).await;
    let anna = world.runner("anna").claims_any().await.unwrap();
    world.person_moves(job, JobEvent::Pause).await.unwrap();
    assert_eq!(world.storage.renew(&anna.lease).await.unwrap(), JobStatus::Paused);
}

pub async fn a_renewal_that_comes_late_does_not_bring_back_a_lease_that_was_let_go(world: World) {
    let job = world.started_job(1).await;
    let anna = world.runner("anna").claims_any().await.unwrap();
    anna.moves(JobEvent::Yielded).await.unwrap();
    assert_eq!(
        world.storage.renew(&anna.lease).await.unwrap(),
        JobStatus::Pending
    );
    let boris = world.runner("boris").claims_any().await.unwrap();
    assert_eq!(boris.lease.job, job);
}

pub async fn a_job_resumed_while_its_runner_finishes_waits_until_it_lets_go(world: World) {
    let job = world.started_job(1).await;
    let anna = world.runner("anna").claims_any().await.unwrap();
    anna.begins([0]).await.unwrap();
    world.person_moves(job, JobEvent::Pause).await.unwrap();
    world.person_moves(job, JobEvent::Resume).await.unwrap();
    assert!(
        world.runner("boris").claims_any().await.is_none(),
        "anna has a request in flight"
    );

    anna.succeeds([0]).await.unwrap();
    world.storage.release(&anna.lease).await.unwrap();
    let boris = world.runner("boris").claims_any().await.unwrap();
    assert_eq!(
        (boris.job.status, boris.job.success_count),
        (JobStatus::Running, 1)
    );
}

pub async fn a_job_that_yielded_is_left_alone_until_its_moment(world: World) {
    world.started_job(1).await;
    let anna = world.runner("anna").claims_any().await.unwrap();
    let until = world.in_a_while(Duration::from_mins(1));
    world
        .storage
        .set_waiting(&anna.lease, Some((until, "daily quota")))
        .await
        .unwrap();
    let job = anna.moves(JobEvent::Yielded).await.unwrap();
    assert_eq!(job.status, JobStatus::Pending);
    assert_eq!(job.waiting_until, Some(until));
    assert_eq!(job.waiting_reason.as_deref(), Some("daily quota"));

    world.clock.advance(Duration::from_secs(59));
    assert!(world.runner("boris").claims_any().await.is_none());
    world.clock.advance(Duration::from_secs(1));
    let boris = world.runner("boris").claims_any().await.unwrap();
    assert_eq!(boris.job.waiting_until, None, "it runs, so it does not wait");
    assert_eq!(boris.job.waiting_reason, None);
}

pub async fn a_job_is_not_run_before_the_moment_it_was_given(world: World) {
    let mut new = world.new_job();
    new.options.not_before = Some(world.in_a_while(Duration::from_hours(1)));
    let job = world.create(new, 1).await.id;

    let planner = world
        .runner("anna")
        .claims_any()
        .await
        .expect("planning does not wait");
    planner.moves(JobEvent::Planned).await.unwrap();
    let waits = world.person_moves(job, JobEvent::Start).await.unwrap();
    assert_eq!(
        waits.waiting_until,
        Some(world.in_a_while(Duration::from_hours(1)))
    );
    assert_eq!(
        waits.waiting_reason.as_deref(),
        Some("it is not to be run before then (notBefore)")
    );
    assert!(world.runner("anna").claims_any().await.is_none());
    world.clock.advance(Duration::from_hours(1));
    let runs = world.runner("anna").claims_any().await.unwrap();
    assert_eq!((runs.lease.job, runs.job.waiting_until), (job, None));
}

pub async fn a_server_never_takes_a_job_of_the_command_line(world: World) {
    let mut new = world.new_job();
    new.origin = Origin::Cli;
    let job = world.create(new, 1).await.id;
    assert!(
        world
            .runner("server")
            .claims_any_of(Origin::Server)
            .await
            .is_none()
    );
    let run = world.runner("cli").claims_any_of(Origin::Cli).await.unwrap();
    assert_eq!(run.lease.job, job);
    assert_eq!(world.storage.job(job).await.unwrap().unwrap().origin, Origin::Cli);
}

pub async fn who_plans_takes_no_job_to_run_and_the_other_way_round(world: World) {
    let runs = world.started_job(1).await;
    let plans = world.job(1).await;
    let anna = world.runner("anna");
    let planner = anna.claims_what(Origin::Server, Need::Plan).await.unwrap();
    assert_eq!(
        (planner.lease.job, planner.job.status),
        (plans, JobStatus::Planning)
    );
    assert!(anna.claims_what(Origin::Server, Need::Plan).await.is_none());
    let runner = anna.claims_what(Origin::Server, Need::Run).await.unwrap();
    assert_eq!((runner.lease.job, runner.job.status), (runs, JobStatus::Running));
    assert!(anna.claims_what(Origin::Server, Need::Run).await.is_none());

    // Either is taken over from a dead holder by the same need.
    world.clock.advance(LEASE);
    let boris = world.runner("boris");
    let planner = boris.claims_what(Origin::Server, Need::Plan).await.unwrap();
    let runner = boris.claims_what(Origin::Server, Need::Run).await.unwrap();
    assert_eq!((planner.lease.job, runner.lease.job), (plans, runs));
}

pub async fn claiming_a_job_by_name_takes_it_from_a_live_runner(world: World) {
    let job = world.started_job(1).await;
    let anna = world.runner("anna").claims(job).await;
    let boris = world.runner("boris").claims(job).await;
    assert_eq!(boris.lease.epoch, anna.lease.epoch + 1);
    let begun = anna.begins([0]).await;
    assert!(matches!(begun, Err(StorageError::LeaseLost(_))), "{begun:?}");
    boris.begins([0]).await.unwrap();
}

pub async fn a_job_that_is_planned_or_over_cannot_be_claimed(world: World) {
    let planned = world.planned_job(1).await;
    let cancelled = world.planned_job(1).await;
    world.person_moves(cancelled, JobEvent::Cancel).await.unwrap();
    for (job, words) in [
        (planned, "a job that is planned cannot be run"),
        (cancelled, "a job that is cancelled cannot be run"),
    ] {
        let refused = world.runner("anna").tries_to_claim(job).await.unwrap_err();
        assert_eq!(refused.to_string(), words);
    }
    assert!(world.runner("anna").claims_any().await.is_none());

    let unknown = world.new_job().id;
    let refused = world.runner("anna").tries_to_claim(unknown).await.unwrap_err();
    assert!(
        matches!(refused, StorageError::JobNotFound(id) if id == unknown),
        "{refused:?}"
    );
}

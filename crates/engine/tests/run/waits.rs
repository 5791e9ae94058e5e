//! What is looked for while GitLab cannot be asked: it is waited for, the job says so, and nothing is lost.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::{Clock, Job, JobId, JobOptions, JobStatus, ManualClock, Origin, SystemClock, Timestamp};
use engine::{JobError, WAITS_FOR_LOGIN};
use gitlab_client::Lane;
use gitlab_sim::{Background, Fault, Options};
use serde_json::json;
use storage::Need;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::world::World;

const ONE_GROUP: [(&str, &str); 1] = [("groups.csv", "name,path,parent\nTaken,taken,\n")];
const FIVE_MINUTES: Duration = Duration::from_mins(5);

async fn world() -> (Arc<ManualClock>, World) {
    let clock = Arc::new(ManualClock::at(SystemClock::new().now()));
    let mut world = World::on(&clock).await;
    world.wait_for_answers();
    (clock, world)
}

async fn work(world: &World, clock: &ManualClock, job: JobId) -> Job {
    world.while_time_passes(clock, world.work(job)).await
}

/// The job as it is when it says that it waits.
async fn once_it_waits(world: &World, clock: &ManualClock, job: JobId) -> Job {
    while world.gitlab.waiting(Lane::People).is_none() {
        tokio::task::yield_now().await;
    }
    loop {
        let job = world.engine.job(job, &world.actor).await.unwrap();
        if job.waiting_until.is_some() {
            return job;
        }
        clock.advance(Duration::from_millis(100));
    }
}

fn is_about_five_minutes(until: Option<Timestamp>, clock: &ManualClock) -> bool {
    let left = until.unwrap().since(clock.now());
    (Duration::from_mins(4)..=FIVE_MINUTES).contains(&left)
}

/// A planned job whose only creation GitLab will refuse: somebody is there first. To the question that follows it
/// answers so.
async fn refused(world: &World, fault: Fault) -> JobId {
    let job = world.plan(&ONE_GROUP, JobOptions::default()).await;
    world
        .by_hand("groups", json!({ "name": "Taken", "path": "taken" }))
        .await;
    world.sim.fault(fault);
    job.id
}

#[tokio::test]
async fn a_token_that_is_refused_after_a_refused_creation_pauses_the_job() {
    let (clock, world) = world().await;
    let job = refused(&world, Fault::get("/api/v4/groups/taken").times(1).status(401)).await;

    let paused = work(&world, &clock, job).await;

    assert_eq!(
        (
            paused.status,
            paused.failure_count,
            paused.waiting_reason.as_deref()
        ),
        (JobStatus::Paused, 0, Some(WAITS_FOR_LOGIN))
    );
    let done = work(&world, &clock, job).await;
    assert_eq!((done.status, done.skipped_count), (JobStatus::Completed, 1));
}

#[tokio::test]
async fn a_token_that_is_refused_after_a_refused_removal_pauses_the_job() {
    let (clock, world) = world().await;
    let group = world
        .by_hand("groups", json!({"name": "Acme", "path": "acme"}))
        .await;
    let web = json!({"name": "web", "namespace_id": group});
    let project = world.by_hand("projects", web).await;
    let branches = format!("projects/{project}/protected_branches");
    world
        .by_hand(&branches, json!({"name": "main", "push_access_level": 40}))
        .await;
    let rules = json!([{"project": "acme/web", "name": "main"}]);
    let job = world
        .planned("unprotect_branch", &rules, JobOptions::default())
        .await;
    world.remove_by_hand(&format!("{branches}/main")).await;
    let look = format!("/api/v4/{branches}/main");
    world.sim.fault(Fault::get(look).times(1).status(401));
    let confirmation = job.confirmation.as_deref();
    world
        .engine
        .start(job.id, confirmation, &world.actor)
        .await
        .unwrap();

    let paused = work(&world, &clock, job.id).await;

    assert_eq!((paused.status, paused.failure_count), (JobStatus::Paused, 0));
    let done = work(&world, &clock, job.id).await;
    assert_eq!((done.status, done.success_count), (JobStatus::Completed, 1));
}

#[tokio::test]
async fn a_limit_after_a_refused_creation_is_waited_for_without_a_runner() {
    let (clock, world) = world().await;
    let job = refused(&world, Fault::get("/api/v4/groups/taken").times(1).throttle(300)).await;

    let waits = work(&world, &clock, job).await;

    assert_eq!(
        (waits.status, waits.failure_count, waits.waiting_reason.as_deref()),
        (JobStatus::Pending, 0, Some("GitLab asked to wait"))
    );
    assert!(is_about_five_minutes(waits.waiting_until, &clock));
    world.pass(&clock, FIVE_MINUTES);
    let done = work(&world, &clock, job).await;
    assert_eq!((done.status, done.skipped_count), (JobStatus::Completed, 1));
}

#[tokio::test]
async fn an_outage_after_a_refused_creation_is_waited_for() {
    let (clock, world) = world().await;
    let job = refused(&world, Fault::get("/api/v4/groups/taken").times(8).status(503)).await;

    let done = work(&world, &clock, job).await;

    assert_eq!((done.status, done.skipped_count), (JobStatus::Completed, 1));
}

#[tokio::test]
async fn a_limit_while_a_lost_answer_is_looked_for_is_waited_for_without_a_runner() {
    let (clock, world) = world().await;
    let job = world.plan(&ONE_GROUP, JobOptions::default()).await;
    world
        .sim
        .fault(Fault::post("/api/v4/groups").nth(1).accept_then_drop());
    world
        .sim
        .fault(Fault::get("/api/v4/groups/taken").times(1).throttle(300));

    let waits = work(&world, &clock, job.id).await;

    assert_eq!(
        (waits.status, waits.waiting_reason.as_deref()),
        (JobStatus::Pending, Some("GitLab asked to wait"))
    );
    assert!(is_about_five_minutes(waits.waiting_until, &clock));
    world.pass(&clock, FIVE_MINUTES);
    let done = work(&world, &clock, job.id).await;
    assert_eq!((done.status, done.success_count), (JobStatus::Completed, 1));
    assert_eq!(world.sim.stats().writes.applied, 1);
}

#[tokio::test]
async fn what_gitlab_does_not_let_us_see_is_left_to_a_person_and_the_others_go_on() {
    let (clock, world) = world().await;
    let groups = ("groups.csv", "name,path,parent\nHidden,hidden,\nSeen,seen,\n");
    let job = world.plan(&[groups], JobOptions::default()).await;
    world
        .sim
        .fault(Fault::post("/api/v4/groups").times(2).accept_then_drop());
    world.sim.fault(Fault::get("/api/v4/groups/hidden").status(403));

    let done = work(&world, &clock, job.id).await;

    assert_eq!(
        (done.status, done.success_count, done.unconfirmed_count),
        (JobStatus::Completed, 1, 1)
    );
    let look_at = world.items(job.id).await[0].look_at.clone().unwrap();
    assert!(
        look_at
            .message
            .contains("what became of the request cannot be seen"),
        "{look_at:?}"
    );
}

#[tokio::test]
async fn an_instance_that_is_gone_for_too_long_while_a_lost_answer_is_looked_for_breaks_the_job() {
    let (clock, world) = world().await;
    let job = world.plan(&ONE_GROUP, JobOptions::default()).await;
    world
        .sim
        .fault(Fault::post("/api/v4/groups").nth(1).accept_then_drop());
    world.sim.fault(Fault::get("/api/v4/groups/taken").status(503));
    let began = clock.now();

    let broken = work(&world, &clock, job.id).await;

    assert_eq!(
        (broken.status, broken.error.unwrap().code.as_str()),
        (JobStatus::Failed, "GITLAB_UNREACHABLE")
    );
    assert!(clock.now().since(began) >= Duration::from_mins(10));
    world.sim.clear_faults();
    let done = work(&world, &clock, job.id).await;
    assert_eq!((done.status, done.success_count), (JobStatus::Completed, 1));
    assert_eq!(world.sim.stats().writes.applied, 1);
}

/// Two groups that are removed for good, with which GitLab takes so long.
async fn removed_for_good(background: Duration) -> (Arc<ManualClock>, World, JobId) {
    let clock = Arc::new(ManualClock::at(SystemClock::new().now()));
    let options = Options::empty()
        .users(2)
        .background(Background::After(background));
    let mut world = World::on_instance(
        options,
        "glpat-sim-root",
        true,
        Arc::clone(&clock) as Arc<dyn Clock>,
    )
    .await;
    world.wait_for_answers();
    let acme = world
        .by_hand("groups", json!({"name": "Acme", "path": "acme"}))
        .await;
    for name in ["old", "older"] {
        let below = json!({"name": name, "path": name, "parent_id": acme});
        world.by_hand("groups", below).await;
    }
    let both = json!([
        {"group": "acme/old", "permanently_remove": true},
        {"group": "acme/older", "permanently_remove": true},
    ]);
    let job = world.planned("delete_group", &both, JobOptions::default()).await;
    let confirmation = job.confirmation.as_deref();
    world
        .engine
        .start(job.id, confirmation, &world.actor)
        .await
        .unwrap();
    (clock, world, job.id)
}

#[tokio::test]
async fn a_job_that_waits_for_gitlabs_workers_for_minutes_gives_its_place_up() {
    let (clock, world, job) = removed_for_good(Duration::from_mins(20)).await;

    let waits = work(&world, &clock, job).await;

    assert_eq!(
        (waits.status, waits.waiting_reason.as_deref()),
        (
            JobStatus::Pending,
            Some("GitLab is still at work on what it has accepted")
        )
    );
    // Of the minute, as much as did not pass while that was written down.
    let left = waits.waiting_until.unwrap().since(clock.now());
    assert!(!left.is_zero() && left <= Duration::from_mins(1), "{left:?}");
    let nobody = world.engine.claim_any(Origin::Cli, Need::Run).await.unwrap();
    assert!(nobody.is_none());
    clock.advance(left);
    let waits = work(&world, &clock, job).await;
    assert_eq!(waits.status, JobStatus::Pending, "it has looked, and waits again");

    world.pass(&clock, Duration::from_mins(20));
    let done = work(&world, &clock, job).await;
    assert_eq!((done.status, done.success_count), (JobStatus::Completed, 2));
}

#[tokio::test]
async fn what_gitlab_is_not_done_with_after_hours_is_left_to_a_person_whoever_has_waited() {
    let (clock, world, job) = removed_for_good(Duration::from_hours(100)).await;
    for _ in 0..2 {
        assert_eq!(work(&world, &clock, job).await.status, JobStatus::Pending);
        clock.advance(Duration::from_mins(150));
    }
    assert_eq!(work(&world, &clock, job).await.status, JobStatus::Pending);
    clock.advance(Duration::from_mins(150));

    let done = work(&world, &clock, job).await;

    assert_eq!((done.status, done.unconfirmed_count), (JobStatus::Completed, 2));
    let look_at = world.items(job).await[1].look_at.clone().unwrap();
    assert!(look_at.message.contains("still not done with it"), "{look_at:?}");
}

#[tokio::test]
async fn how_far_gitlab_is_may_be_hidden_from_us() {
    let (clock, world, job) = removed_for_good(Duration::from_hours(100)).await;
    let waits = work(&world, &clock, job).await;
    world.sim.fault(Fault::get("/api/v4/groups/*").status(403));
    clock.advance(waits.waiting_until.unwrap().since(clock.now()));

    let done = work(&world, &clock, job).await;

    assert_eq!((done.status, done.unconfirmed_count), (JobStatus::Completed, 2));
    let look_at = world.items(job).await[0].look_at.clone().unwrap();
    assert!(
        look_at.message.contains("how far it is cannot be seen"),
        "{look_at:?}"
    );
}

/// A job whose plan is looked at once more before it runs, while GitLab answers so.
async fn compared(fault: Fault) -> (Arc<ManualClock>, World, JobId) {
    let (clock, mut world) = world().await;
    world.look_again();
    let job = world.plan(&ONE_GROUP, JobOptions::default()).await;
    world.sim.fault(fault);
    (clock, world, job.id)
}

fn in_the_background(world: &World, job: JobId) -> JoinHandle<Job> {
    let (engine, gitlab, actor) = (world.engine.clone(), world.gitlab.clone(), world.actor.clone());
    tokio::spawn(crate::world::work_owned(
        engine,
        gitlab,
        actor,
        job,
        CancellationToken::new(),
    ))
}

#[tokio::test]
async fn a_limit_before_a_job_runs_is_waited_for_and_said() {
    let (clock, world, job) = compared(Fault::get("/api/v4/**").times(1).throttle(300)).await;
    let running = in_the_background(&world, job);

    let waits = once_it_waits(&world, &clock, job).await;

    assert_eq!(
        (waits.status, waits.waiting_reason.as_deref()),
        (JobStatus::Running, Some("GitLab asked to wait"))
    );
    assert_eq!(world.engine.parked(Need::Run), 1, "it takes no place");
    world.pass(&clock, FIVE_MINUTES);
    let done = world.while_time_passes(&clock, running).await.unwrap();
    assert_eq!(
        (done.status, done.success_count, done.waiting_until),
        (JobStatus::Completed, 1, None)
    );
    assert_eq!(world.engine.parked(Need::Run), 0);
}

#[tokio::test]
async fn a_token_that_is_refused_before_a_job_runs_pauses_it() {
    let (clock, world, job) = compared(Fault::get("/api/v4/**").times(1).status(401)).await;

    let paused = work(&world, &clock, job).await;

    assert_eq!(
        (paused.status, paused.waiting_reason.as_deref()),
        (JobStatus::Paused, Some(WAITS_FOR_LOGIN))
    );
    assert_eq!(work(&world, &clock, job).await.success_count, 1);
}

#[tokio::test]
async fn an_instance_that_is_gone_before_a_job_runs_is_waited_for_and_then_given_up() {
    let (clock, world, job) = compared(Fault::get("/api/v4/**").times(8).status(503)).await;
    let done = work(&world, &clock, job).await;
    assert_eq!((done.status, done.success_count), (JobStatus::Completed, 1));

    let (clock, world, job) = compared(Fault::get("/api/v4/**").status(503)).await;
    let broken = work(&world, &clock, job).await;
    assert_eq!(
        (broken.status, broken.error.unwrap().code.as_str()),
        (JobStatus::Failed, "GITLAB_UNREACHABLE")
    );
    world.sim.clear_faults();
    assert_eq!(work(&world, &clock, job).await.success_count, 1);
}

/// A job that is planned while GitLab does so, and how it stands when it says that it waits.
async fn planned_while(fault: Fault) -> (Arc<ManualClock>, World, JoinHandle<Result<Job, JobError>>, Job) {
    let (clock, world) = world().await;
    let job = world.import(&ONE_GROUP, JobOptions::default()).await;
    world.sim.fault(fault);
    let (lease, job) = world.engine.claim_job(job.id, &world.actor).await.unwrap();
    let id = job.id;
    let planning = tokio::spawn({
        let (engine, gitlab) = (world.engine.clone(), world.gitlab.clone());
        async move { engine.plan(&lease, &job, &gitlab).await }
    });
    let until_it_waits = async {
        loop {
            let job = world.engine.job(id, &world.actor).await.unwrap();
            if job.waiting_until.is_some() {
                return job;
            }
        }
    };
    let waits = world.while_time_passes(&clock, until_it_waits).await;
    (clock, world, planning, waits)
}

#[tokio::test]
async fn an_outage_while_a_job_is_planned_is_waited_for_and_said() {
    let everything = || Fault::get("/api/v4/**");
    for outage in [everything().status(503), everything().drop_connection()] {
        let (clock, world, planning, waits) = planned_while(outage).await;
        assert_eq!(
            (waits.status, waits.waiting_reason.as_deref()),
            (JobStatus::Planning, Some("GitLab does not answer"))
        );
        let left = waits.waiting_until.unwrap().since(clock.now());
        assert!(
            left <= Duration::from_secs(15),
            "it asks every few seconds: {left:?}"
        );
        world.pass(&clock, FIVE_MINUTES);

        world.sim.clear_faults();
        let planned = world.while_time_passes(&clock, planning).await.unwrap().unwrap();

        assert_eq!(
            (planned.status, planned.waiting_until, planned.waiting_reason),
            (JobStatus::Pending, None, None)
        );
        assert_eq!(work(&world, &clock, planned.id).await.success_count, 1);
    }
}

#[tokio::test]
async fn an_instance_that_is_gone_for_too_long_while_a_job_is_planned_breaks_it() {
    let (clock, world, planning, waits) = planned_while(Fault::get("/api/v4/**").status(503)).await;
    let began = clock.now();

    let refused = world.while_time_passes(&clock, planning).await.unwrap();

    assert!(matches!(&refused, Err(JobError::Plan(_))), "{refused:?}");
    let took = clock.now().since(began);
    assert!(
        (Duration::from_mins(9)..Duration::from_mins(15)).contains(&took),
        "{took:?}"
    );
    let broken = world.engine.job(waits.id, &world.actor).await.unwrap();
    let why = broken.error.unwrap();
    assert_eq!(
        (broken.status, why.code.as_str(), why.message.as_str()),
        (
            JobStatus::Failed,
            "GITLAB_UNREACHABLE",
            "the job could not be planned: GitLab has not answered for 10 minutes (GitLab answered 503: 503 Service Unavailable); \
             resume the job when it is back"
        )
    );
    assert_eq!((broken.waiting_until, broken.waiting_reason), (None, None));
    world.sim.clear_faults();
    assert_eq!(work(&world, &clock, waits.id).await.success_count, 1);
}

#[tokio::test]
async fn a_plan_that_outlasts_an_outage_asks_nothing_again_that_was_answered() {
    let (clock, world) = world().await;
    world
        .by_hand("groups", json!({"name": "Acme", "path": "acme"}))
        .await;
    let rows = json!([{"username": "dev-0001", "group": "acme", "access_level": "developer"}]);
    let job = world
        .make("add_member", &rows, JobOptions::default(), false)
        .await;
    world
        .sim
        .fault(Fault::get("/api/v4/groups/*/members").times(8).status(503));
    let before = world.sim.journal(0).len();

    let planned = world.while_time_passes(&clock, world.plan_job(job.id)).await;

    assert_eq!(planned.status, JobStatus::Planned);
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    for entry in world.sim.journal(0).split_off(before) {
        *asked.entry(entry.path).or_default() += 1;
    }
    let again: Vec<_> = asked.into_iter().filter(|(_, times)| *times > 1).collect();
    assert!(
        matches!(&again[..], [(path, 9)] if path.ends_with("/members")),
        "{again:?}"
    );
}

#[tokio::test]
async fn a_job_is_cancelled_while_its_plan_waits_for_gitlab_to_be_back() {
    let (clock, world, planning, waits) = planned_while(Fault::get("/api/v4/**").status(503)).await;

    world.engine.cancel(waits.id, &world.actor).await.unwrap();
    let cancelled = world.while_time_passes(&clock, planning).await.unwrap().unwrap();

    assert_eq!(
        (cancelled.status, cancelled.waiting_until),
        (JobStatus::Cancelled, None)
    );
    let asked = world.sim.journal(0).len();
    world.pass(&clock, Duration::from_mins(20));
    assert_eq!(world.sim.journal(0).len(), asked, "nobody asks any more");
}

/// A plan in the making that GitLab has asked to wait for five minutes, and how it stands.
async fn a_plan_that_waits() -> (Arc<ManualClock>, World, JoinHandle<Job>, Job) {
    let (clock, world) = world().await;
    let job = world.import(&ONE_GROUP, JobOptions::default()).await;
    world.sim.fault(Fault::get("/api/v4/**").times(1).throttle(300));
    let (lease, job) = world.engine.claim_job(job.id, &world.actor).await.unwrap();
    let id = job.id;
    let planning = tokio::spawn({
        let (engine, gitlab) = (world.engine.clone(), world.gitlab.clone());
        async move { engine.plan(&lease, &job, &gitlab).await.unwrap() }
    });
    let waits = once_it_waits(&world, &clock, id).await;
    (clock, world, planning, waits)
}

#[tokio::test]
async fn a_limit_while_a_job_is_planned_is_waited_for_and_said() {
    let (clock, world, planning, waits) = a_plan_that_waits().await;
    assert_eq!(
        (waits.status, waits.waiting_reason.as_deref()),
        (JobStatus::Planning, Some("GitLab asked to wait"))
    );
    assert!(is_about_five_minutes(waits.waiting_until, &clock));
    assert_eq!(world.engine.parked(Need::Plan), 1, "it takes no place");

    world.pass(&clock, FIVE_MINUTES);
    let planned = world.while_time_passes(&clock, planning).await.unwrap();

    assert_eq!(
        (planned.status, planned.waiting_until, planned.waiting_reason),
        (JobStatus::Pending, None, None)
    );
    assert_eq!(world.engine.parked(Need::Plan), 0);
}

#[tokio::test]
async fn a_plan_whose_process_dies_while_it_waits_is_made_by_the_next() {
    let (clock, mut world, planning, waits) = a_plan_that_waits().await;
    planning.abort();
    world.restart();
    world.wait_for_answers();
    world.pass(&clock, Duration::from_secs(10));

    let taken = world.engine.claim_any(Origin::Cli, Need::Plan).await.unwrap();
    let (lease, job) = taken.unwrap();

    assert_eq!(job.id, waits.id);
    let planning = world.engine.plan(&lease, &job, &world.gitlab);
    let planned = world.while_time_passes(&clock, planning).await.unwrap();
    assert_eq!(planned.status, JobStatus::Pending);
}

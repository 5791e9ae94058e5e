//! Creations that GitLab refuses because somebody was there first, between the plan and the run.

use domain::{JobId, JobOptions, JobStatus};
use gitlab_sim::Fault;
use insta::assert_snapshot;
use serde_json::json;
use storage::Ledger;

use crate::world::World;

const FILES: [(&str, &str); 3] = [
    (
        "groups.csv",
        "name,path,parent\nNorth,north,\nSouth,south,\nDev,dev-0001,\nEast,east,\nWest,west,\nTools,tools,north\nLost,lost,dev-0001\n",
    ),
    ("projects.csv", "name,group\nweb,north\ndocs,north\napi,south\n"),
    (
        "members.csv",
        "username,group,access_level\ndev-0002,north,developer\ndev-0003,north,developer\n",
    ),
];

/// `dev-0001` is the path of a user: taken as well, but there is no such group.
const AFTERWARDS: &str = "\
create_group north create skipped attempts=1
create_group south create skipped attempts=1
create_group dev-0001 create failed attempts=1 GITLAB_INVALID
create_group east create succeeded attempts=1
create_group west create skipped attempts=1
create_group north/tools create succeeded attempts=1
create_group dev-0001/lost create failed attempts=0 DEPENDENCY_FAILED
create_project north/web create skipped attempts=1
create_project north/docs create succeeded attempts=1
create_project south/api create succeeded attempts=1
add_member north#dev-0002 create skipped attempts=1
add_member north#dev-0003 create succeeded attempts=1";

/// Three of the groups, one of the projects, and one membership of [`FILES`].
async fn somebody_is_there_first(world: &World) {
    let mut north = 0;
    for (name, path) in [("West", "west"), ("South", "south"), ("North", "north")] {
        north = world
            .by_hand("groups", json!({ "name": name, "path": path }))
            .await;
    }
    world
        .by_hand("projects", json!({ "name": "web", "namespace_id": north }))
        .await;
    let dev = json!({ "username": "dev-0002", "access_level": 30 });
    world.by_hand(&format!("groups/{north}/members"), dev).await;
}

async fn nothing_is_open(world: &World, job: JobId) -> bool {
    Ledger::open_intents(&*world.storage, job)
        .await
        .unwrap()
        .is_empty()
}

#[tokio::test]
async fn what_was_refused_is_looked_for_while_items_under_way_hold_every_place_of_the_budget() {
    // With one place it is certain that the next item has it when the refusal arrives.
    for places in [1, 2] {
        let world = World::standing_still().await;
        let options = JobOptions {
            concurrency: Some(places),
            ..JobOptions::default()
        };
        let job = world.plan(&FILES, options).await;
        somebody_is_there_first(&world).await;

        let done = world.work_within_turns(job.id).await;

        assert_eq!(
            (
                done.status,
                done.success_count,
                done.skipped_count,
                done.failure_count
            ),
            (JobStatus::Completed, 5, 5, 2),
            "{places} places"
        );
        assert_eq!(world.ledger(job.id).await, AFTERWARDS, "{places} places");
        for item in world.items(job.id).await {
            let id = item.result.and_then(|it| it.id);
            assert_eq!(id.is_some(), item.error.is_none(), "{}", item.target);
        }
        assert!(nothing_is_open(&world, job.id).await);
        let writes = world.sim.stats().writes;
        assert_eq!((writes.applied, writes.rejected_as_duplicate), (10, 6));
    }
}

#[tokio::test]
async fn a_job_that_pauses_still_learns_what_became_of_a_refused_creation() {
    let world = World::standing_still().await;
    let options = JobOptions {
        concurrency: Some(1),
        continue_on_error: false,
        ..JobOptions::default()
    };
    let groups = ("groups.csv", "name,path,parent\nTaken,taken,\nDenied,denied,\n");
    let job = world.plan(&[groups], options).await;
    world
        .by_hand("groups", json!({ "name": "Taken", "path": "taken" }))
        .await;
    world.sim.fault(Fault::post("/api/v4/groups").nth(2).status(403));

    // While `taken` is looked for, `denied` has the only place, fails, and pauses the job.
    let paused = world.work_within_turns(job.id).await;

    assert_eq!(paused.status, JobStatus::Paused);
    assert_snapshot!(world.ledger(job.id).await, @r"
    create_group taken create skipped attempts=1
    create_group denied create failed attempts=1 GITLAB_FORBIDDEN
    ");
    assert!(nothing_is_open(&world, job.id).await);
}

#[tokio::test]
async fn a_job_of_which_everything_is_refused_fills_all_places_of_its_user_and_ends() {
    let world = World::standing_still().await;
    // Several times what there are places for.
    let paths: Vec<String> = (0..40).map(|number| format!("team-{number:02}")).collect();
    let rows: Vec<String> = paths.iter().map(|path| format!("{path},{path},")).collect();
    let files = [("groups.csv", &*format!("name,path,parent\n{}\n", rows.join("\n")))];
    let job = world.plan(&files, JobOptions::default()).await;
    for path in &paths {
        world
            .by_hand("groups", json!({ "name": path, "path": path }))
            .await;
    }

    let done = world.work_within_turns(job.id).await;

    assert_eq!((done.status, done.skipped_count), (JobStatus::Completed, 40));
    assert_eq!(world.sim.stats().writes.rejected_as_duplicate, 40);
    assert!(nothing_is_open(&world, job.id).await);
}

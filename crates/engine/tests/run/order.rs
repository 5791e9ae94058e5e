use domain::{JobOptions, JobStatus, Origin};
use gitlab_sim::Fault;
use insta::assert_snapshot;

use crate::world::{World, borrowed, forty_rows};

#[tokio::test]
async fn rows_are_ordered_by_need_not_by_position() {
    let world = World::new().await;

    let job = world
        .apply(
            &[
                ("projects.csv", "name,group\nweb,acme/platform\n"),
                (
                    "members.csv",
                    "username,group,access_level\ndev-0001,acme/platform,maintainer\n",
                ),
                (
                    "groups.csv",
                    "name,path,parent\nPlatform,platform,acme\nAcme,acme,\n",
                ),
            ],
            JobOptions::default(),
        )
        .await;

    assert_eq!(job.status, JobStatus::Completed);
    assert_eq!((job.total, job.progress, job.success_count), (4, 4, 4));
    assert_snapshot!(world.ledger(job.id).await, @r"
    create_project acme/platform/web create succeeded attempts=1
    add_member acme/platform#dev-0001 create succeeded attempts=1
    create_group acme/platform create succeeded attempts=1
    create_group acme create succeeded attempts=1
    ");
}

#[tokio::test]
async fn an_estate_is_there_after_one_run_and_a_second_run_sends_no_write() {
    let world = World::new().await;
    let files = forty_rows();

    let first = world.apply(&borrowed(&files), JobOptions::default()).await;
    assert_eq!(
        (first.status, first.success_count, first.failure_count),
        (JobStatus::Completed, 40, 0)
    );
    let stats = world.sim.stats();
    assert_eq!(
        (stats.writes.applied, stats.writes.rejected_as_duplicate),
        (40, 0)
    );

    let second = world.apply(&borrowed(&files), JobOptions::default()).await;
    assert_eq!(
        (second.status, second.skipped_count, second.success_count),
        (JobStatus::Completed, 40, 0)
    );
    assert_eq!(world.sim.stats().writes.applied, 40);
    assert!(
        world
            .items(second.id)
            .await
            .iter()
            .all(|item| item.result.as_ref().is_some_and(|it| it.id.is_some()))
    );
}

#[tokio::test]
async fn what_exists_is_looked_up_in_lists_not_row_by_row() {
    let world = World::new().await;
    let files = forty_rows();
    world.apply(&borrowed(&files), JobOptions::default()).await;
    let before = world.sim.stats().requests.total;

    world.apply(&borrowed(&files), JobOptions::default()).await;

    let requests = world.sim.stats().requests.total - before;
    // The root group, its descendants, its projects, the members of one group. Who we are was asked before.
    assert_eq!(requests, 4, "for forty rows");
}

#[tokio::test]
async fn what_needs_a_group_that_is_refused_fails_with_it_and_everything_else_is_done() {
    let world = World::new().await;
    world.sim.fault(Fault::post("/api/v4/groups").nth(2).status(403));

    let job = world
        .apply(
            &[
                (
                    "groups.csv",
                    "name,path,parent\nAcme,acme,\nPlatform,platform,acme\nDeep,deep,acme/platform\n",
                ),
                (
                    "projects.csv",
                    "name,group\nweb,acme/platform/deep\ndocs,acme\nlost,acme/missing\n",
                ),
            ],
            JobOptions::default(),
        )
        .await;

    assert_eq!(
        (job.status, job.success_count, job.failure_count),
        (JobStatus::Completed, 2, 4)
    );
    assert_snapshot!(world.ledger(job.id).await, @r"
    create_group acme create succeeded attempts=1
    create_group acme/platform create failed attempts=1 GITLAB_FORBIDDEN
    create_group acme/platform/deep create failed attempts=0 DEPENDENCY_FAILED
    create_project acme/platform/deep/web create failed attempts=0 DEPENDENCY_FAILED
    create_project acme/docs create succeeded attempts=1
    create_project acme/missing/lost conflict failed attempts=0 PARENT_NOT_FOUND
    ");

    // Only what failed is run again, and it finds what was made.
    let retry = world
        .engine
        .retry(job.id, None, Origin::Cli, &world.actor)
        .await
        .unwrap();
    let retry = world.work(retry.id).await;
    assert_eq!((retry.retry_of, retry.total), (Some(job.id), 4));
    assert_snapshot!(world.ledger(retry.id).await, @r"
    create_group acme/platform create succeeded attempts=1
    create_group acme/platform/deep create succeeded attempts=1
    create_project acme/platform/deep/web create succeeded attempts=1
    create_project acme/missing/lost conflict failed attempts=0 PARENT_NOT_FOUND
    ");
}

//! GitLab serialises what is written under one parent: few writes at a time are sent there, by one job or by several.

use domain::{JobOptions, JobStatus};
use serde_json::json;

use crate::world::World;

/// How many new members of this group GitLab had before it at once, at most.
fn most_at_once(world: &World, since: u64, parent: u64) -> usize {
    let below = format!("/api/v4/groups/{parent}/members");
    most_writes_at_once(world, since, "POST", |path| path == below)
}

/// How many of these writes GitLab had before it at once, at most.
fn most_writes_at_once(world: &World, since: u64, method: &str, is_one: impl Fn(&str) -> bool) -> usize {
    let entries = world.sim.journal(since).into_iter();
    let writes: Vec<(f64, f64)> = entries
        .filter(|entry| entry.method == method && is_one(&entry.path))
        .map(|entry| {
            let came = domain::Timestamp::parse(&entry.at).unwrap().as_millis();
            #[expect(clippy::cast_precision_loss, reason = "milliseconds of this century")]
            let came = came as f64;
            (came, came + entry.duration_ms)
        })
        .collect();
    // Moments are told in whole milliseconds; what overlaps by no more than one may not overlap at all.
    let overlaps = |at: f64| {
        writes
            .iter()
            .filter(|(came, gone)| *came <= at && at + 1.0 < *gone)
            .count()
    };
    writes
        .iter()
        .map(|(came, _)| overlaps(*came))
        .max()
        .unwrap_or_default()
}

/// A group for each name, and a list of ten new members for each.
async fn crowded(world: &World, groups: &[&str]) -> (Vec<u64>, String) {
    let mut ids = Vec::new();
    let mut rows = "username,group,access_level\n".to_owned();
    for group in groups {
        ids.push(
            world
                .by_hand("groups", json!({ "name": group, "path": group }))
                .await,
        );
        for number in 1..=10 {
            rows += &format!("dev-{number:04},{group},developer\n");
        }
    }
    let slow = json!({ "latencyMs": 30 });
    world.sim.limit(serde_json::from_value(slow).unwrap()).unwrap();
    (ids, rows)
}

#[tokio::test]
async fn a_job_writes_two_at_a_time_under_one_parent_and_more_under_several() {
    let world = World::new().await;
    let (parents, rows) = crowded(&world, &["one", "two", "three"]).await;
    let since = world.now();

    let job = world
        .apply(&[("members.csv", &rows)], JobOptions::default())
        .await;

    assert_eq!((job.status, job.success_count), (JobStatus::Completed, 30));
    for parent in parents {
        assert_eq!(most_at_once(&world, since, parent), 2);
    }
    assert!(
        world.sim.stats().max_in_flight > 2,
        "parents go beside each other"
    );
}

#[tokio::test]
async fn two_jobs_share_what_is_sent_under_one_parent() {
    let world = World::new().await;
    let (parents, rows) = crowded(&world, &["one"]).await;
    let more = rows
        .replace("dev-000", "dev-001")
        .replace("dev-0010,", "dev-0020,");
    let first = world.plan(&[("members.csv", &rows)], JobOptions::default()).await;
    let second = world.plan(&[("more.csv", &more)], JobOptions::default()).await;
    let since = world.now();

    let (first, second) = tokio::join!(world.work(first.id), world.work(second.id));

    assert_eq!(
        (first.status, second.status),
        (JobStatus::Completed, JobStatus::Completed)
    );
    assert_eq!(most_at_once(&world, since, parents[0]), 2);
}

/// A group for each name; returns their numbers.
async fn groups(world: &World, names: &[String]) -> Vec<u64> {
    let mut ids = Vec::new();
    for name in names {
        ids.push(
            world
                .by_hand("groups", json!({ "name": name, "path": name }))
                .await,
        );
    }
    ids
}

fn slow(world: &World) {
    let slow = json!({ "latencyMs": 30 });
    world.sim.limit(serde_json::from_value(slow).unwrap()).unwrap();
}

fn is_transfer(path: &str) -> bool {
    path.ends_with("/transfer")
}

#[tokio::test]
async fn what_moves_counts_where_it_comes_from_and_where_it_goes_to() {
    let many: Vec<String> = (0..8).map(|number| format!("many-{number}")).collect();
    for from_one in [true, false] {
        let world = World::new().await;
        let one = groups(&world, &["one".to_owned()]).await[0];
        let ids = groups(&world, &many).await;
        let mut rows = Vec::new();
        for (number, id) in ids.into_iter().enumerate() {
            let (from, source, to) = if from_one {
                (one, "one", format!("many-{number}"))
            } else {
                (id, many[number].as_str(), "one".to_owned())
            };
            let name = format!("project-{number}");
            let project = json!({ "name": name, "path": name, "namespace_id": from });
            world.by_hand("projects", project).await;
            rows.push(json!({ "project": format!("{source}/{name}"), "to": to }));
        }
        slow(&world);
        let since = world.now();

        let job = world
            .run("transfer_project", &json!(rows), JobOptions::default())
            .await;

        assert_eq!((job.status, job.success_count), (JobStatus::Completed, 8));
        assert_eq!(most_writes_at_once(&world, since, "PUT", is_transfer), 2);
    }
}

#[tokio::test]
async fn what_moves_between_pairs_of_groups_goes_side_by_side() {
    let world = World::new().await;
    let names = |what: &str| -> Vec<String> { (0..4).map(|number| format!("{what}-{number}")).collect() };
    let (from, to) = (names("from"), names("to"));
    groups(&world, &to).await;
    let mut rows = Vec::new();
    for (number, id) in groups(&world, &from).await.into_iter().enumerate() {
        let project = json!({ "name": "web", "path": "web", "namespace_id": id });
        world.by_hand("projects", project).await;
        rows.push(json!({ "project": format!("from-{number}/web"), "to": to[number] }));
    }
    slow(&world);
    let since = world.now();

    let job = world
        .run("transfer_project", &json!(rows), JobOptions::default())
        .await;

    assert_eq!((job.status, job.success_count), (JobStatus::Completed, 4));
    assert!(most_writes_at_once(&world, since, "PUT", is_transfer) > 2);
}

#[tokio::test]
async fn jobs_that_move_the_same_two_ways_do_not_wait_for_each_other_for_good() {
    let world = World::new().await;
    let ids = groups(&world, &["left".to_owned(), "right".to_owned()]).await;
    let mut jobs = Vec::new();
    for (id, from, to) in [(ids[0], "left", "right"), (ids[1], "right", "left")] {
        let mut rows = Vec::new();
        for number in 0..6 {
            let name = format!("{from}-{number}");
            let project = json!({ "name": name, "path": name, "namespace_id": id });
            world.by_hand("projects", project).await;
            rows.push(json!({ "project": format!("{from}/{name}"), "to": to }));
        }
        let rows = json!(rows);
        let job = world
            .make("transfer_project", &rows, JobOptions::default(), true)
            .await;
        jobs.push(world.plan_job(job.id).await.id);
    }
    slow(&world);
    let since = world.now();

    let (first, second) = tokio::join!(world.work_within_turns(jobs[0]), world.work_within_turns(jobs[1]));

    assert_eq!((first.success_count, second.success_count), (6, 6));
    assert_eq!(most_writes_at_once(&world, since, "PUT", is_transfer), 2);
}

//! GitLab serialises what is written under one parent: few writes at a time are sent there, by one job or by several.

use domain::{JobOptions, JobStatus};
use serde_json::json;

use crate::world::World;

/// How many writes below each of these parents GitLab had before it at once, at most. The path of a member's write
/// names the parent.
fn most_at_once(world: &World, since: u64, parent: u64) -> usize {
    let below = format!("/api/v4/groups/{parent}/members");
    let entries = world.sim.journal(since).into_iter();
    let writes: Vec<(f64, f64)> = entries
        .filter(|entry| entry.method == "POST" && entry.path == below)
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

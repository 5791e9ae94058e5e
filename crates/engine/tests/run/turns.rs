//! In which order writes arrive at GitLab: parents interleaved, the one with most left to do first, and jobs in turn.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use domain::{Clock, ItemStatus, Job, JobId, JobOptions, JobStatus, ManualClock, SystemClock};
use serde_json::{Value, json};
use storage::Items;

use crate::world::World;

/// A GitLab with a few groups, to which one write goes in a second.
struct Line {
    clock: Arc<ManualClock>,
    world: World,
    /// Name and number of each group.
    groups: Vec<(&'static str, u64)>,
}

impl Line {
    async fn of(names: &[&'static str]) -> Self {
        let clock = Arc::new(ManualClock::at(SystemClock::new().now()));
        let world = World::on(&clock).await;
        let mut groups = Vec::new();
        for &name in names {
            let group = json!({ "name": name, "path": name });
            groups.push((name, world.by_hand("groups", group).await));
        }
        Self { clock, world, groups }
    }

    /// A planned job that adds so many members to each of these groups, in this order.
    async fn planned(&self, groups: &[(&str, u32)]) -> JobId {
        let row = |(group, number): (&str, u32)| json!({ "username": format!("dev-{number:04}"), "group": group, "access_level": "guest" });
        let rows = groups
            .iter()
            .flat_map(|&(group, members)| (1..=members).map(move |number| row((group, number))));
        let rows = Value::Array(rows.collect());
        let job = self
            .world
            .make("add_member", &rows, JobOptions::default(), true)
            .await;
        self.world.plan_job(job.id).await.id
    }

    /// The groups to which GitLab was asked to add somebody, in the order of the requests.
    fn arrivals(&self) -> Vec<&'static str> {
        let entries = self.world.sim.journal(0).into_iter();
        let posts = entries.filter(|entry| entry.method == "POST");
        posts
            .filter_map(|entry| {
                let path = entry.path.strip_suffix("/members")?.to_owned();
                let number: u64 = path.rsplit('/').next()?.parse().ok()?;
                self.groups
                    .iter()
                    .find(|(_, id)| *id == number)
                    .map(|(name, _)| *name)
            })
            .collect()
    }

    /// Does something with these jobs. Time passes only while GitLab has nothing before it.
    async fn one_after_another<T>(&self, jobs: &[JobId], work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        for _ in 0..100_000 {
            let under_way = async {
                let mut under_way = 0;
                for job in jobs {
                    let counts = self.world.storage.count_items(*job).await.unwrap().into_iter();
                    under_way += counts
                        .filter(|(_, status, _)| *status == ItemStatus::Running)
                        .map(|(_, _, items)| items)
                        .sum::<u32>();
                }
                under_way
            };
            tokio::select! {
                biased;
                done = &mut work => return done,
                under_way = under_way => {
                    if under_way == 0 {
                        let next = self.clock.next_wake().unwrap_or_default();
                        self.clock.advance(next.clamp(Duration::from_millis(1), Duration::from_millis(20)));
                    }
                }
            }
        }
        panic!("it never ends");
    }
}

fn assert_done(job: &Job, items: u32) {
    assert_eq!((job.status, job.success_count), (JobStatus::Completed, items));
}

#[tokio::test]
async fn parents_are_interleaved_and_the_one_with_most_left_to_do_goes_first() {
    let mut line = Line::of(&["small", "middle", "big"]).await;
    let job = line.planned(&[("small", 2), ("middle", 4), ("big", 8)]).await;
    line.world.send_at(1.0);

    let done = line.one_after_another(&[job], line.world.work(job)).await;

    assert_done(&done, 14);
    let arrivals = line.arrivals();
    assert_eq!(arrivals[..3], ["big", "big", "middle"], "two of each at a time");
    let mut left = HashMap::from([("small", 2), ("middle", 4), ("big", 8)]);
    for (number, parent) in arrivals.iter().enumerate() {
        let most = left.values().copied().max().unwrap();
        // Two of the largest may stand in line already.
        assert!(left[parent] + 2 >= most, "{number}: {arrivals:?}");
        *left.get_mut(parent).unwrap() -= 1;
    }
}

#[tokio::test]
async fn jobs_go_in_turn_however_much_each_has_to_do() {
    let mut line = Line::of(&["first", "second"]).await;
    let first = line.planned(&[("first", 12)]).await;
    let second = line.planned(&[("second", 4)]).await;
    line.world.send_at(1.0);
    let later = async {
        while line.arrivals().len() < 3 {
            line.world.engine.job(first, &line.world.actor).await.unwrap();
        }
        line.world.work(second).await
    };

    let both = futures::future::join(line.world.work(first), later);
    let (first, second) = line.one_after_another(&[first, second], both).await;

    assert_done(&first, 12);
    assert_done(&second, 4);
    let arrivals = line.arrivals();
    let of_second = || {
        arrivals
            .iter()
            .enumerate()
            .filter(|(_, group)| **group == "second")
    };
    let began = of_second().map(|(number, _)| number).next().unwrap();
    let in_turn = ["second", "first"].repeat(4);
    assert_eq!(arrivals[began..began + 7], in_turn[..7], "{arrivals:?}");
    assert!((3..6).contains(&began), "{arrivals:?}");
}

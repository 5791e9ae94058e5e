//! The counts of a job, whatever happens to it.

use domain::{ItemStatus, JobEvent, JobId, JobStatus};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::World;
use super::actors::{Run, change, to_create};
use crate::{LedgerBatch, PlannedItem, StorageError};

const ITEMS: u32 = 5;
const STORIES: u32 = 60;

/// Something that happens to a job.
#[derive(Clone, Debug)]
enum Step {
    /// The runner writes down how some items stand.
    Commits(Vec<(u32, ItemStatus)>),
    /// The runner writes the same once more, not knowing whether it got through.
    CommitsAgain,
    /// A planner finds this out.
    Plans(Vec<(u32, ItemStatus)>),
    /// A person or the runner's end.
    Moves(JobEvent),
    /// A person says how an unconfirmed item stands.
    Settles(u32, ItemStatus),
    /// Another runner takes over.
    IsTakenOver,
}

/// What is expected of the storage, without any SQL.
#[derive(Debug)]
struct Model {
    job: JobStatus,
    items: Vec<ItemStatus>,
}

impl Model {
    fn commits(&mut self, changes: &[(u32, ItemStatus)]) {
        for (item, status) in changes {
            let status = match (*status, self.job) {
                (ItemStatus::Running, other) if other != JobStatus::Running => continue,
                (ItemStatus::Pending, JobStatus::Cancelled) => ItemStatus::Cancelled,
                (status, _) => status,
            };
            self.items[*item as usize] = status;
        }
    }

    /// Progress, and succeeded, failed, skipped and unconfirmed items.
    fn counts(&self) -> [usize; 5] {
        let count = |wanted: &dyn Fn(ItemStatus) -> bool| self.items.iter().filter(|s| wanted(**s)).count();
        [
            count(&|status| !matches!(status, ItemStatus::Pending | ItemStatus::Running)),
            count(&|status| status == ItemStatus::Succeeded),
            count(&|status| status == ItemStatus::Failed),
            count(&|status| status == ItemStatus::Skipped),
            count(&|status| status == ItemStatus::Unconfirmed),
        ]
    }
}

pub async fn the_counts_are_those_of_a_simple_model(world: World) {
    let mut runner = TestRunner::deterministic();
    let stories = prop::collection::vec(step(), 1..25);
    for _ in 0..STORIES {
        let mut story = stories.new_tree(&mut runner).unwrap();
        let Err(mut difference) = happens(&world, &story.current()).await else {
            continue;
        };
        // Leaves out what does not matter before showing it.
        let mut shortest = story.current();
        let mut more = story.simplify();
        while more {
            match happens(&world, &story.current()).await {
                Err(still) => {
                    (difference, shortest) = (still, story.current());
                    more = story.simplify();
                }
                Ok(()) => more = story.complicate(),
            }
        }
        panic!("{difference}\nafter {shortest:#?}");
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => changes().prop_map(Step::Commits),
        1 => Just(Step::CommitsAgain),
        1 => changes().prop_map(Step::Plans),
        2 => prop::sample::select(vec![
            JobEvent::Pause,
            JobEvent::Resume,
            JobEvent::Claimed,
            JobEvent::Finished,
            JobEvent::Broke,
            JobEvent::Cancel,
        ])
        .prop_map(Step::Moves),
        2 => (0..ITEMS, status()).prop_map(|(item, status)| Step::Settles(item, status)),
        1 => Just(Step::IsTakenOver),
    ]
}

fn status() -> impl Strategy<Value = ItemStatus> {
    prop::sample::select(ItemStatus::ALL.to_vec())
}

/// At most one change per item.
fn changes() -> impl Strategy<Value = Vec<(u32, ItemStatus)>> {
    prop::collection::btree_map(0..ITEMS, status(), 0..=ITEMS as usize)
        .prop_map(|changes| changes.into_iter().collect())
}

/// Tells the story of a new job; the error says where storage and model differ.
async fn happens(world: &World, story: &[Step]) -> Result<(), String> {
    let job = world.started_job(ITEMS).await;
    let mut model = Model {
        job: JobStatus::Running,
        items: vec![ItemStatus::Pending; ITEMS as usize],
    };
    let mut run = world.runner("anna").claims(job).await;
    let mut last = Vec::new();
    for (n, step) in story.iter().enumerate() {
        let before = world.look(job).await;
        match step {
            Step::Commits(changes) => {
                commits(world, &run, changes, &mut model).await;
                last.clone_from(changes);
            }
            Step::CommitsAgain => commits(world, &run, &last, &mut model).await,
            Step::Plans(items) => {
                let planned = |(index, status): &(u32, ItemStatus)| PlannedItem {
                    status: *status,
                    ..to_create(*index)
                };
                run.plans(items.iter().map(planned).collect()).await.unwrap();
                for (item, status) in items {
                    model.items[*item as usize] = *status;
                }
            }
            Step::Moves(event) => match (world.person_moves(job, *event).await, model.job.after(*event)) {
                (Ok(_), Ok(status)) => {
                    model.job = status;
                    if *event == JobEvent::Cancel {
                        for item in model
                            .items
                            .iter_mut()
                            .filter(|item| **item == ItemStatus::Pending)
                        {
                            *item = ItemStatus::Cancelled;
                        }
                    }
                }
                (Err(StorageError::IllegalTransition(_)), Err(_)) => {}
                (outcome, expected) => return Err(format!("step {n}: {outcome:?}, not {expected:?}")),
            },
            Step::Settles(item, status) => {
                let place = &mut model.items[*item as usize];
                let expected = *place == ItemStatus::Unconfirmed
                    && matches!(
                        status,
                        ItemStatus::Succeeded | ItemStatus::Failed | ItemStatus::Pending
                    );
                if expected {
                    *place = *status;
                }
                let settled = world
                    .storage
                    .settle_item(job, *item, *status, None)
                    .await
                    .unwrap();
                if settled != expected {
                    return Err(format!("step {n}: settled is {settled}"));
                }
            }
            Step::IsTakenOver => {
                if let Ok(successor) = world.runner("boris").tries_to_claim(job).await {
                    let refused = run.commits(&LedgerBatch::default()).await;
                    assert!(matches!(refused, Err(StorageError::LeaseLost(_))), "{refused:?}");
                    run = successor;
                    model.job = JobStatus::Running;
                }
            }
        }
        agree(world, job, &model, before.version)
            .await
            .map_err(|difference| format!("step {n}: {difference}"))?;
    }
    Ok(())
}

async fn commits(world: &World, run: &Run<'_>, changes: &[(u32, ItemStatus)], model: &mut Model) {
    let at = world.a_second_passes();
    let items = changes
        .iter()
        .map(|(item, status)| change(*item, *status, at))
        .collect();
    let committed = run
        .commits(&LedgerBatch {
            items,
            ..LedgerBatch::default()
        })
        .await
        .unwrap();
    assert_eq!(committed.status, model.job);
    model.commits(changes);
}

async fn agree(world: &World, job: JobId, model: &Model, version: u64) -> Result<(), String> {
    let statuses = world.statuses(job).await;
    if statuses != model.items {
        return Err(format!("items are {statuses:?}, not {:?}", model.items));
    }
    let seen = world.look(job).await;
    let counts = [
        seen.progress,
        seen.success_count,
        seen.failure_count,
        seen.skipped_count,
        seen.unconfirmed_count,
    ]
    .map(|count| count as usize);
    if (seen.status, counts) != (model.job, model.counts()) {
        return Err(format!(
            "the job is {} with {counts:?}, not {} with {:?}",
            seen.status,
            model.job,
            model.counts()
        ));
    }
    if seen.version < version {
        return Err(format!("the version fell from {version} to {}", seen.version));
    }
    Ok(())
}

pub async fn jobs_that_are_not_over_are_counted_by_status(world: World) {
    let jobs = [world.job(1).await, world.job(1).await, world.job(1).await];
    for job in &jobs[1..] {
        world
            .storage
            .move_job(*job, JobEvent::Planned, None)
            .await
            .unwrap();
    }
    world
        .storage
        .move_job(jobs[2], JobEvent::Cancel, None)
        .await
        .unwrap();
    let mut counted = world.storage.jobs_by_status().await.unwrap();
    counted.retain(|(_, jobs)| *jobs > 0);
    counted.sort_by_key(|(status, _)| status.name());
    assert_eq!(counted, [(JobStatus::Planned, 1), (JobStatus::Planning, 1)]);
}

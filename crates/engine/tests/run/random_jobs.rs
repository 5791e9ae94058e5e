//! Whatever the job, wherever its runners die and however answers get lost: everything is done once.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;

use domain::{JobOptions, JobStatus, Origin};
use engine::failpoint::{self, Failpoints};
use gitlab_sim::Fault;
use proptest::prelude::*;
use storage::{Ledger, Storage};
use tokio_util::sync::CancellationToken;

use crate::world::{World, engine_with, work};

/// A forest of groups, projects in it, and members of it.
#[derive(Clone, Debug)]
struct Graph {
    /// The parent of each group: one before it, or none.
    groups: Vec<Option<usize>>,
    /// The group of each project.
    projects: Vec<usize>,
    /// Group and number of the user.
    members: BTreeSet<(usize, u8)>,
}

/// How an answer gets lost, again and again.
#[derive(Clone, Copy, Debug)]
enum Loss {
    BeforeTheWork,
    AfterTheWork,
    AsAn500,
    AsA502,
    Halfway,
}

impl Loss {
    fn every(self, nth: u64) -> Fault {
        let writes = Fault::post("/api/v4/**").every(nth);
        match self {
            Self::BeforeTheWork => writes.drop_connection(),
            Self::AfterTheWork => writes.accept_then_drop(),
            Self::AsAn500 => writes.accept_then_500(),
            Self::AsA502 => writes.status(502),
            Self::Halfway => writes.truncate(),
        }
    }
}

fn graphs() -> impl Strategy<Value = Graph> {
    let groups = prop::collection::vec(any::<Option<prop::sample::Index>>(), 1..8);
    let projects = prop::collection::vec(any::<prop::sample::Index>(), 0..12);
    let members = prop::collection::vec((any::<prop::sample::Index>(), 1..20_u8), 0..8);
    (groups, projects, members).prop_map(|(groups, projects, members)| {
        let parent = |(number, parent): (usize, &Option<prop::sample::Index>)| {
            parent.filter(|_| number > 0).map(|parent| parent.index(number))
        };
        let groups: Vec<Option<usize>> = groups.iter().enumerate().map(parent).collect();
        let of = |index: prop::sample::Index| index.index(groups.len());
        Graph {
            projects: projects.into_iter().map(of).collect(),
            members: members
                .into_iter()
                .map(|(index, user)| (of(index), user))
                .collect(),
            groups,
        }
    })
}

/// Where each of several runners dies, one after the other.
fn deaths() -> impl Strategy<Value = Vec<(&'static str, u64)>> {
    let place = prop::sample::select(vec![
        failpoint::BEFORE_PLANNED,
        failpoint::BEFORE_INTENT,
        failpoint::AFTER_INTENT,
        failpoint::AFTER_ANSWER,
        failpoint::AFTER_EVIDENCE,
    ]);
    prop::collection::vec((place, 1..12_u64), 0..4)
}

fn losses() -> impl Strategy<Value = Vec<(Loss, u64)>> {
    let loss = prop::sample::select(vec![
        Loss::BeforeTheWork,
        Loss::AfterTheWork,
        Loss::AsAn500,
        Loss::AsA502,
        Loss::Halfway,
    ]);
    prop::collection::vec((loss, 5..9_u64), 0..3)
}

impl Graph {
    fn path(&self, group: usize) -> String {
        match self.groups[group] {
            Some(parent) => format!("{}/g{group}", self.path(parent)),
            None => format!("g{group}"),
        }
    }

    fn files(&self) -> [(&'static str, String); 3] {
        let (mut groups, mut projects, mut members) = (
            "name,path,parent\n".to_owned(),
            "name,group\n".to_owned(),
            "username,group,access_level\n".to_owned(),
        );
        for (number, parent) in self.groups.iter().enumerate() {
            let parent = parent.map(|parent| self.path(parent)).unwrap_or_default();
            writeln!(groups, "g{number},g{number},{parent}").unwrap();
        }
        for (number, group) in self.projects.iter().enumerate() {
            writeln!(projects, "p{number},{}", self.path(*group)).unwrap();
        }
        for (group, user) in &self.members {
            writeln!(members, "dev-{user:04},{},developer", self.path(*group)).unwrap();
        }
        [
            ("groups.csv", groups),
            ("projects.csv", projects),
            ("members.csv", members),
        ]
    }

    fn items(&self) -> usize {
        self.groups.len() + self.projects.len() + self.members.len()
    }
}

async fn is_done_once(
    world: World,
    graph: Graph,
    deaths: Vec<(&'static str, u64)>,
    losses: Vec<(Loss, u64)>,
) {
    for (loss, nth) in losses {
        world.sim.fault(loss.every(nth));
    }
    let files = graph.files();
    let files: Vec<(&str, &str)> = files
        .iter()
        .filter(|(_, text)| text.lines().count() > 1)
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let job = world.import(&files, JobOptions::default()).await.id;

    for (place, nth) in deaths {
        let failpoints = Failpoints::cutting(place, nth);
        let engine = engine_with(
            Arc::clone(&world.storage) as Arc<dyn Storage>,
            Arc::clone(world.engine.clock()),
            "dies",
            failpoints.clone(),
        );
        if engine.job(job, &world.actor).await.unwrap().status.has_ended() {
            break;
        }
        let mut runner = tokio::spawn({
            let (gitlab, actor) = (world.gitlab.clone(), world.actor.clone());
            async move { work(&engine, &gitlab, &actor, job, CancellationToken::new()).await }
        });
        tokio::select! {
            () = failpoints.is_cut() => runner.abort(),
            done = &mut runner => { done.unwrap(); }
        }
    }
    let done = match world.engine.job(job, &world.actor).await.unwrap() {
        job if job.status.has_ended() => job,
        job => world.work(job.id).await,
    };
    // Losses may fall upon each of an item's four attempts. It is given up then, and nothing of it was done.
    assert_eq!(
        (done.status, done.unconfirmed_count),
        (JobStatus::Completed, 0),
        "{}",
        world.ledger(job).await
    );
    let all = u64::try_from(graph.items()).unwrap();
    assert_eq!(u64::from(done.success_count) + u64::from(done.failure_count), all);
    for item in world.items(job).await {
        if let Some(error) = item.error {
            assert!(
                item.attempts >= 4 || error.code == "DEPENDENCY_FAILED",
                "{}",
                world.ledger(job).await
            );
        }
    }
    assert_eq!(world.sim.stats().writes.applied, u64::from(done.success_count));
    if done.failure_count > 0 {
        // When answers arrive again, what failed is all that is left to do.
        world.sim.clear_faults();
        let again = world
            .engine
            .retry(job, None, Origin::Cli, &world.actor)
            .await
            .unwrap();
        let again = world.work(again.id).await;
        assert_eq!(
            (again.status, again.success_count, again.failure_count),
            (JobStatus::Completed, done.failure_count, 0),
            "{}",
            world.ledger(again.id).await
        );
    }
    let writes = world.sim.stats().writes;
    assert_eq!((writes.applied, writes.rejected_as_duplicate), (all, 0));
    assert!(
        Ledger::open_intents(&*world.storage, job)
            .await
            .unwrap()
            .is_empty()
    );
}

proptest! {
    // Each case is an instance, a database and several runners: a quarter of a second.
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn every_job_is_done_once(graph in graphs(), deaths in deaths(), losses in losses()) {
        here(async { is_done_once(World::new().await, graph, deaths, losses).await });
    }
}

proptest! {
    // The same, and a round trip for each commit.
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 20, ..ProptestConfig::default() })]

    #[test]
    fn every_job_is_done_once_over_postgres(graph in graphs(), deaths in deaths(), losses in losses()) {
        here(async {
            if let Some(world) = World::new().await.moved_to_postgres().await {
                is_done_once(world, graph, deaths, losses).await;
            }
        });
    }
}

fn here(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(test);
}

//! Whatever the job, wherever its runners die, however answers get lost and whatever GitLab says meanwhile: everything
//! is done once.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::{JobOptions, JobStatus, Origin, Source};
use engine::failpoint::{self, Failpoints};
use engine::{JobRequest, JobSource};
use gitlab_sim::{Action, Fault, FaultMatch};
use proptest::prelude::*;
use serde_json::{Value, json};
use storage::{Ledger, Storage};
use tokio_util::sync::CancellationToken;

use crate::world::{World, engine_with, work};

/// A forest of groups, projects in it, and members of it; and what becomes of the projects that are there.
#[derive(Clone, Debug)]
struct Graph {
    /// The parent of each group: one before it, or none.
    groups: Vec<Option<usize>>,
    /// The group of each project.
    projects: Vec<usize>,
    /// Group and number of the user.
    members: BTreeSet<(usize, u8)>,
    /// What becomes of each project that is there.
    there: Vec<Fate>,
}

/// What the job does with a project that is there.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Described,
    Moved,
    Deleted,
}

/// What goes wrong with a write, again and again.
#[derive(Clone, Copy, Debug)]
enum Loss {
    BeforeTheWork,
    AfterTheWork,
    AsAn500,
    AsA502,
    Halfway,
    /// Somebody else holds the rows.
    Locked,
    /// Too many requests.
    Throttled,
    /// The token is taken back; given again, it is good.
    Revoked,
}

impl Loss {
    fn of(self, writes: FaultMatch) -> Fault {
        match self {
            Self::BeforeTheWork => writes.drop_connection(),
            Self::AfterTheWork => writes.accept_then_drop(),
            Self::AsAn500 => writes.accept_then_500(),
            Self::AsA502 => writes.status(502),
            Self::Halfway => writes.truncate(),
            Self::Locked => writes.times(2).then(Action::Lock),
            Self::Throttled => writes.times(1).throttle(1),
            Self::Revoked => writes.times(2).then(Action::TokenRevoked),
        }
    }

    /// For each `nth` creation, change and removal.
    fn every(self, nth: u64) -> impl Iterator<Item = Fault> {
        ["POST", "PUT", "DELETE"]
            .into_iter()
            .map(move |method| self.of(Fault::on(method.parse().unwrap(), "/api/v4/**").every(nth)))
    }
}

fn graphs() -> impl Strategy<Value = Graph> {
    let groups = prop::collection::vec(any::<Option<prop::sample::Index>>(), 1..8);
    let projects = prop::collection::vec(any::<prop::sample::Index>(), 0..12);
    let members = prop::collection::vec((any::<prop::sample::Index>(), 1..20_u8), 0..8);
    let fate = prop::sample::select(vec![Fate::Described, Fate::Moved, Fate::Deleted]);
    let there = prop::collection::vec(fate, 0..8);
    (groups, projects, members, there).prop_map(|(groups, projects, members, there)| {
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
            there,
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
        Loss::Locked,
        Loss::Throttled,
        Loss::Revoked,
    ]);
    prop::collection::vec((loss, 3..9_u64), 0..4)
}

impl Graph {
    fn path(&self, group: usize) -> String {
        match self.groups[group] {
            Some(parent) => format!("{}/g{group}", self.path(parent)),
            None => format!("g{group}"),
        }
    }

    /// The items of the job: operation and parameters.
    fn items(&self) -> Vec<(&'static str, Value)> {
        let mut items = Vec::new();
        for (number, parent) in self.groups.iter().enumerate() {
            let name = format!("g{number}");
            let mut group = json!({ "name": name, "path": name });
            if let Some(parent) = parent {
                group["parent"] = self.path(*parent).into();
            }
            items.push(("create_group", group));
        }
        for (number, group) in self.projects.iter().enumerate() {
            let project = json!({ "name": format!("p{number}"), "group": self.path(*group) });
            items.push(("create_project", project));
        }
        for (group, user) in &self.members {
            let username = format!("dev-{user:04}");
            let member =
                json!({ "username": username, "group": self.path(*group), "access_level": "developer" });
            items.push(("add_member", member));
        }
        for (number, fate) in self.there.iter().enumerate() {
            let project = format!("old/there-{number}");
            items.push(match fate {
                Fate::Described => (
                    "update_project",
                    json!({ "project": project, "description": "after" }),
                ),
                Fate::Moved => (
                    "transfer_project",
                    json!({ "project": project, "namespace": "elsewhere" }),
                ),
                Fate::Deleted => ("delete_project", json!({ "project": project })),
            });
        }
        items
    }

    /// What has to be typed before it starts.
    fn confirmation(&self) -> Option<String> {
        let is_deleted = |(_, fate): &(usize, &Fate)| matches!(fate, Fate::Deleted);
        let mut deleted = self.there.iter().enumerate().filter(is_deleted);
        let (first, _) = deleted.next()?;
        Some(match deleted.count() {
            0 => format!("old/there-{first}"),
            more => format!("delete {} projects", more + 1),
        })
    }

    /// What is there before.
    async fn prepare(&self, world: &World) {
        let mut old = 0;
        for name in ["elsewhere", "old"] {
            old = world
                .by_hand("groups", json!({ "name": name, "path": name }))
                .await;
        }
        for number in 0..self.there.len() {
            let name = format!("there-{number}");
            let project = json!({ "name": name, "namespace_id": old, "description": "before" });
            world.by_hand("projects", project).await;
        }
    }

    /// Whether GitLab has what was asked for, all of it and nothing else.
    fn assert_done(&self, world: &World) {
        for group in 0..self.groups.len() {
            assert!(world.sim.group(&self.path(group)).is_some());
        }
        for (number, group) in self.projects.iter().enumerate() {
            let path = format!("{}/p{number}", self.path(*group));
            assert!(world.sim.project(&path).is_some(), "{path}");
        }
        for (group, user) in &self.members {
            let (path, username) = (self.path(*group), format!("dev-{user:04}"));
            let members = world.sim.members(&path);
            assert!(
                members.iter().any(|member| member.username == username),
                "{username} {path}"
            );
        }
        for (number, fate) in self.there.iter().enumerate() {
            let at = |group: &str| world.sim.project(&format!("{group}/there-{number}"));
            match fate {
                Fate::Described => assert_eq!(at("old").unwrap().description, "after"),
                Fate::Moved => assert!(at("old").is_none() && at("elsewhere").is_some()),
                Fate::Deleted => assert!(at("old").is_none()),
            }
        }
        let estate = world.sim.estate();
        let marked = estate
            .projects
            .iter()
            .filter(|project| project.marked_for_deletion);
        let deleted = self.there.iter().filter(|fate| matches!(fate, Fate::Deleted));
        assert_eq!(marked.count(), deleted.count());
        assert_eq!(estate.groups.len(), self.groups.len() + 2);
        assert_eq!(estate.projects.len(), self.projects.len() + self.there.len());
    }
}

/// Three losses, each for three methods, pause twice at most.
const MOST_PAUSES: usize = 3 * 3 * 2;

async fn is_done_once(
    world: World,
    graph: Graph,
    deaths: Vec<(&'static str, u64)>,
    losses: Vec<(Loss, u64)>,
) {
    graph.prepare(&world).await;
    let items = graph.items();
    let all = items.len() as u64;
    let before = world.sim.stats().writes.applied;
    let applied = || world.sim.stats().writes.applied - before;
    for fault in losses.into_iter().flat_map(|(loss, nth)| loss.every(nth)) {
        world.sim.fault(fault);
    }
    let valid = items.into_iter().map(|(operation, params)| {
        let operation = world.engine.registry().get(operation).unwrap();
        let params = params.as_object().unwrap().clone();
        operation
            .validate(params, Source::default(), world.engine.now())
            .unwrap()
    });
    let request = JobRequest {
        kind: "mixed".to_owned(),
        source: JobSource::Items(valid.collect()),
        options: JobOptions {
            confirm: graph.confirmation(),
            ..JobOptions::default()
        },
        origin: Origin::Cli,
        start: true,
        idempotency: None,
        retry_of: None,
        undo_of: None,
    };
    let job = world.engine.create_job(request, &world.actor).await.unwrap().id;

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
    // A token that is taken back pauses the job.
    let mut done = world.engine.job(job, &world.actor).await.unwrap();
    for _ in 0..=MOST_PAUSES {
        if !done.status.has_ended() {
            done = world.work(job).await;
        }
    }
    // Losses may fall upon each of an item's four attempts. It is given up then, and nothing of it was done.
    assert_eq!(
        (done.status, done.unconfirmed_count),
        (JobStatus::Completed, 0),
        "{}",
        world.ledger(job).await
    );
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
    assert_eq!(applied(), u64::from(done.success_count));
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
    let duplicates = world.sim.stats().writes.rejected_as_duplicate;
    assert_eq!((applied(), duplicates), (all, 0));
    graph.assert_done(&world);
    assert!(
        Ledger::open_intents(&*world.storage, job)
            .await
            .unwrap()
            .is_empty()
    );
}

proptest! {
    // Each case is an instance, a database and several runners, which now and then wait for a second.
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 40, ..ProptestConfig::default() })]

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

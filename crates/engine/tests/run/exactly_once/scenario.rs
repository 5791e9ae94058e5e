use std::collections::BTreeSet;
use std::sync::Arc;

use domain::{ItemStatus, JobOptions, JobStatus, Origin, Source};
use engine::failpoint::Failpoints;
use engine::{JobRequest, JobSource};
use gitlab_client::{Answer, Lane, NO_QUERY, WriteMethod, WriteRequest};
use gitlab_sim::{Fault, Tier};
use serde_json::Value;
use storage::{Ledger, Storage};
use tokio_util::sync::CancellationToken;

use crate::world::{World, engine_with, work};

/// One operation on an instance that somebody has prepared.
pub(super) struct Scenario {
    /// That of its test.
    pub(super) name: &'static str,
    pub(super) operation: &'static str,
    /// The licence of the instance.
    pub(super) tier: Tier,
    /// What an administrator does before.
    pub(super) given: Vec<Given>,
    /// The item.
    pub(super) params: Value,
    /// What shows, in the end, whether it is done: paths that are read.
    pub(super) look: &'static [&'static str],
    /// Where the job and its ledger are.
    pub(super) kept: Kept,
}

/// In which database.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kept {
    Embedded,
    /// Only where there is a server for tests.
    InPostgres,
}

/// A write by hand.
#[derive(Clone)]
pub(super) struct Given {
    pub(super) method: WriteMethod,
    pub(super) path: &'static str,
    pub(super) body: Value,
}

/// What came of it.
#[derive(Debug, PartialEq)]
pub(super) struct Outcome {
    /// The item: status, error, result.
    pub(super) ledger: String,
    /// What GitLab shows, without the moments at which things happened.
    pub(super) seen: Vec<Value>,
    /// Writes that changed something, those of the preparation left out.
    pub(super) applied: u64,
    /// Creations refused because the thing exists.
    pub(super) duplicates: u64,
    /// Intents without evidence that the first runner left.
    pub(super) unsettled: usize,
    /// Whether the cut or the loss took place.
    pub(super) happened: bool,
    /// Method and path of each request between the start of the job and its end, in order.
    pub(super) requests: Vec<(String, String)>,
}

/// What happens when nothing goes wrong.
pub(super) struct Undisturbed {
    pub(super) outcome: Outcome,
    /// Method and path of each write, in order.
    pub(super) writes: Vec<(String, String)>,
    /// The paths that were read, each once, in order.
    pub(super) reads: Vec<String>,
}

impl Scenario {
    pub(super) async fn undisturbed(&self) -> Undisturbed {
        let world = self.prepared().await;
        let outcome = self.run(&world, Failpoints::default(), None).await;
        assert_eq!(
            outcome.ledger.split(' ').next(),
            Some("succeeded"),
            "{}: {}",
            self.name,
            outcome.ledger
        );
        let (reads, writes): (Vec<_>, Vec<_>) = outcome
            .requests
            .iter()
            .cloned()
            .partition(|(method, _)| method == "GET");
        let mut reads: Vec<String> = reads.into_iter().map(|(_, path)| path).collect();
        let mut seen = BTreeSet::new();
        reads.retain(|path| seen.insert(path.clone()));
        Undisturbed {
            outcome,
            writes,
            reads,
        }
    }

    pub(super) async fn cut_at(&self, name: &'static str, nth: u64) -> Outcome {
        let world = self.prepared().await;
        self.run(&world, Failpoints::cutting(name, nth), None).await
    }

    pub(super) async fn disturbed_by(&self, fault: Fault) -> Outcome {
        let world = self.prepared().await;
        self.run(&world, Failpoints::default(), Some(fault)).await
    }

    async fn prepared(&self) -> World {
        let world = World::of_tier(self.tier).await;
        let world = match self.kept {
            Kept::Embedded => world,
            Kept::InPostgres => world.moved_to_postgres().await.expect("a server for tests"),
        };
        for Given { method, path, body } in &self.given {
            let request = WriteRequest::new(*method, *path).body(body.clone());
            match world.gitlab.send(&request, Lane::People).await {
                Answer::Done(_) => {}
                other => panic!("{}: {path}: {other:?}", self.name),
            }
        }
        world
    }

    async fn run(&self, world: &World, failpoints: Failpoints, fault: Option<Fault>) -> Outcome {
        let before = world.sim.stats().writes;
        let job = self.job(world).await;
        let asked = world.sim.journal(0).last().map_or(0, |entry| entry.seq);
        let is_disturbed = fault.is_some();
        if let Some(fault) = fault {
            world.sim.fault(fault);
        }

        // The first runner lives until it is cut or done; aborting it leaves it no more time than a power cut.
        let first = engine_with(
            Arc::clone(&world.storage) as Arc<dyn Storage>,
            Arc::clone(world.engine.clock()),
            "first",
            failpoints.clone(),
        );
        let runner = tokio::spawn({
            let (gitlab, actor) = (world.gitlab.clone(), world.actor.clone());
            async move { work(&first, &gitlab, &actor, job, CancellationToken::new()).await }
        });
        tokio::pin!(runner);
        let is_cut = tokio::select! {
            () = failpoints.is_cut() => {
                runner.abort();
                true
            }
            done = &mut runner => {
                done.unwrap();
                false
            }
        };
        let unsettled = Ledger::open_intents(&*world.storage, job).await.unwrap().len();

        let mut done = world.engine.job(job, &world.actor).await.unwrap();
        if !done.status.has_ended() {
            done = world.work(job).await;
        }
        assert_eq!(done.status, JobStatus::Completed, "{}: {:?}", self.name, done);
        let requests = world.sim.journal(asked).into_iter();
        let requests = requests.map(|entry| (entry.method, entry.path)).collect();
        let happened = is_cut || (is_disturbed && world.sim.faults_fired() == 1);
        world.sim.clear_faults();
        let after = world.sim.stats().writes;
        let mut seen = Vec::new();
        for path in self.look {
            let found: Option<Value> = world.gitlab.find(*path, NO_QUERY, Lane::People).await.unwrap();
            let address = world.sim.address().to_string();
            seen.push(found.map_or(Value::Null, |found| without_moments(&found, &address)));
        }
        assert!(
            Ledger::open_intents(&*world.storage, job)
                .await
                .unwrap()
                .is_empty(),
            "every intent is settled in the end"
        );
        world.sim.assert_nothing_unimplemented();
        Outcome {
            ledger: self.ledger(world, job).await,
            seen,
            applied: after.applied - before.applied,
            duplicates: after.rejected_as_duplicate - before.rejected_as_duplicate,
            unsettled,
            happened,
            requests,
        }
    }

    async fn job(&self, world: &World) -> domain::JobId {
        let operation = world.engine.registry().get(self.operation).unwrap();
        let Value::Object(params) = self.params.clone() else {
            panic!("parameters are an object")
        };
        let item = operation
            .validate(params, Source::default(), world.engine.now())
            .unwrap();
        let request = JobRequest {
            kind: engine::operation::job_type(self.operation),
            source: JobSource::Items(vec![item]),
            options: JobOptions {
                update_existing: true,
                ..JobOptions::default()
            },
            origin: Origin::Cli,
            start: false,
            idempotency: None,
            retry_of: None,
            undo_of: None,
        };
        let job = world.engine.create_job(request, &world.actor).await.unwrap();
        let (lease, claimed) = world.engine.claim_job(job.id, &world.actor).await.unwrap();
        let planned = world.engine.plan(&lease, &claimed, &world.gitlab).await.unwrap();
        world
            .engine
            .start(job.id, planned.confirmation.as_deref(), &world.actor)
            .await
            .unwrap();
        job.id
    }

    async fn ledger(&self, world: &World, job: domain::JobId) -> String {
        let item = world.items(job).await.remove(0);
        assert_ne!(item.status, ItemStatus::Unconfirmed, "{}: {item:?}", self.name);
        let address = world.sim.address().to_string();
        let result = without_moments(&serde_json::to_value(&item.result).unwrap(), &address);
        format!("{} {:?} {result}", item.status, item.error)
    }
}

/// A body without what differs from run to run: moments, and the simulator's address.
fn without_moments(body: &Value, address: &str) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.retain(|name, _| {
                    let moment = name.ends_with("_at") && name != "expires_at";
                    !moment && name != "runners_token"
                });
                fields.values_mut().for_each(strip);
            }
            Value::Array(rows) => rows.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut body = serde_json::from_str(&body.to_string().replace(address, "gitlab")).unwrap();
    strip(&mut body);
    body
}

/// The lines of two bodies, written over many lines, that are not in both.
pub(super) fn differing(one: &[Value], other: &[Value]) -> Vec<String> {
    let lines = |of: &[Value]| -> Vec<String> {
        let text = serde_json::to_string_pretty(of).unwrap();
        text.lines().map(str::to_owned).collect()
    };
    let (one, other) = (lines(one), lines(other));
    let only = |in_this: &[String], not_in: &[String], sign: &str| -> Vec<String> {
        in_this
            .iter()
            .filter(|line| !not_in.contains(line))
            .map(|line| format!("{sign}{line}"))
            .collect()
    };
    [only(&one, &other, "-"), only(&other, &one, "+")].concat()
}

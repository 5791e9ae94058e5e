//! Jobs from bodies, as the API makes them, and writes by hand.

use domain::{Item, Job, JobOptions, Origin};
use engine::estate::Known;
use engine::import::read_body;
use engine::operation::{CallContext, ObjectKind, Undo};
use engine::{JobRequest, JobSource};
use gitlab_client::{Answer, Lane, NO_QUERY, WriteRequest};
use serde_json::{Value, json};

use crate::world::World;

/// A job's items, a line each: target, action, status, code of the error.
pub(crate) fn lines(items: &[Item]) -> String {
    let line = |item: &Item| {
        let action = item.action.map_or("-", domain::Action::name);
        let code = item.error.as_ref().map(|error| format!(" {}", error.code));
        format!(
            "{} {action} {}{}",
            item.target,
            item.status,
            code.unwrap_or_default()
        )
    };
    items.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What would change, a line each.
pub(crate) fn changes(item: &Item) -> String {
    let line = |change: &domain::Change| format!("{}: {} → {}", change.field, change.from, change.to);
    item.changes.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The sentence of the error.
pub(crate) fn sentence(item: &Item) -> &str {
    item.error.as_ref().map_or("-", |error| error.message.as_str())
}

impl World {
    /// Remembers a job of one operation.
    pub(crate) async fn order(&self, kind: &str, items: Value, options: JobOptions) -> Job {
        let read = read_body(
            self.engine.registry(),
            kind,
            &json!({ "items": items }),
            self.engine.now(),
        );
        let request = JobRequest {
            kind: kind.to_owned(),
            source: JobSource::Items(read.unwrap().items),
            options,
            origin: Origin::Cli,
            start: false,
            idempotency: None,
            retry_of: None,
            undo_of: None,
        };
        self.engine.create_job(request, &self.actor).await.unwrap()
    }

    /// Remembers and plans a job of one operation.
    pub(crate) async fn ordered(&self, kind: &str, items: Value, options: JobOptions) -> Job {
        let job = self.order(kind, items, options).await;
        let (lease, job) = self.engine.claim_job(job.id, &self.actor).await.unwrap();
        self.engine.plan(&lease, &job, &self.gitlab).await.unwrap()
    }

    /// Plans and runs a job of one operation, with whatever confirmation it asks for.
    pub(crate) async fn done(&self, kind: &str, items: Value) -> (Job, Vec<Item>) {
        let planned = self.ordered(kind, items, JobOptions::default()).await;
        self.started(&planned).await
    }

    /// Starts a planned job, with whatever confirmation it asks for, and runs it.
    pub(crate) async fn started(&self, planned: &Job) -> (Job, Vec<Item>) {
        let confirm = planned.confirmation.as_deref();
        self.engine.start(planned.id, confirm, &self.actor).await.unwrap();
        let job = self.work(planned.id).await;
        let items = self.items(job.id).await;
        (job, items)
    }

    /// A write by hand; returns GitLab's answer.
    pub(crate) async fn write(&self, request: WriteRequest) -> Value {
        match self.gitlab.send(&request, Lane::People).await {
            Answer::Done(reply) => reply.json().unwrap_or_default(),
            other => panic!("{}: {other:?}", request.path),
        }
    }

    /// What GitLab has at a path.
    pub(crate) async fn seen(&self, path: &str) -> Value {
        let found: Option<Value> = self.gitlab.find(path, NO_QUERY, Lane::People).await.unwrap();
        found.unwrap_or_default()
    }

    /// The requests of this method that went to paths ending so.
    pub(crate) fn asked(&self, method: &str, since: u64, end: &str) -> usize {
        let entries = self.sim.journal(since);
        let asked = entries.iter().filter(|entry| entry.method == method);
        asked.filter(|entry| entry.path.ends_with(end)).count()
    }

    /// The number of the last request.
    pub(crate) fn now(&self) -> u64 {
        self.sim.journal(0).last().map_or(0, |entry| entry.seq)
    }

    /// What reverses an item that has succeeded.
    pub(crate) async fn undo_of(&self, job: &Job, index: u32, kind: ObjectKind, of: u64) -> Undo {
        let storage = self.engine.storage();
        let stored = storage.load_items(job.id, None, 1_000).await.unwrap();
        let stored = stored.into_iter().find(|stored| stored.index == index).unwrap();
        let needs = [Known {
            kind,
            id: of,
            full_path: "somewhere".to_owned(),
            web_url: None,
            fields: std::collections::BTreeMap::new(),
        }];
        let changes = stored.changes().unwrap();
        let context = CallContext {
            step: 0,
            action: stored.action.unwrap(),
            needs: &needs,
            present: stored.result.as_ref(),
            changes: &changes,
            remembered: None,
        };
        let operation = self.engine.registry().get(&stored.operation).unwrap();
        operation.undo(&stored.params, context).unwrap()
    }
}

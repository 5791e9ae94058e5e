//! Groups and projects as a whole: moved, archived, deleted, restored, shared, forked, copied.

mod archive;
mod clone;
mod delete;
mod fork;
mod images;
mod protected;
mod restore;
mod share;
mod transfer;

use std::collections::BTreeMap;
use std::fmt::Write;

use domain::{Item, Job, JobOptions, Origin, Source};
use engine::estate::Known;
use engine::operation::{CallContext, ObjectKind, Undo};
use engine::{JobRequest, JobSource};
use serde_json::{Value, json};
use storage::Items;

use crate::world::World;

/// Remembers and plans a job of these items.
async fn plan(world: &World, items: &[(&str, Value)], options: JobOptions) -> Job {
    let items = items.iter().map(|(operation, params)| {
        let Value::Object(params) = params.clone() else {
            panic!("parameters are an object")
        };
        let operation = world.engine.registry().get(operation).unwrap();
        operation
            .validate(params, Source::default(), world.engine.now())
            .unwrap()
    });
    let request = JobRequest {
        kind: "mixed".into(),
        source: JobSource::Items(items.collect()),
        options,
        origin: Origin::Cli,
        start: false,
        idempotency: None,
        retry_of: None,
        undo_of: None,
    };
    let job = world.engine.create_job(request, &world.actor).await.unwrap();
    let (lease, claimed) = world.engine.claim_job(job.id, &world.actor).await.unwrap();
    world.engine.plan(&lease, &claimed, &world.gitlab).await.unwrap()
}

/// Starts a planned job, confirmed, and runs it to its end.
async fn run(world: &World, job: &Job) -> Job {
    let confirm = job.confirmation.as_deref();
    world.engine.start(job.id, confirm, &world.actor).await.unwrap();
    world.work(job.id).await
}

/// Plans and runs one item; tells what was planned and how it ended.
async fn does(world: &World, operation: &str, params: Value) -> String {
    let job = plan(world, &[(operation, params)], JobOptions::default()).await;
    run(world, &job).await;
    told(world, &job).await
}

/// What is planned for one item; nothing is run.
async fn would_do(world: &World, operation: &str, params: Value) -> String {
    let job = plan(world, &[(operation, params)], JobOptions::default()).await;
    told(world, &job).await
}

/// For each item: what, how it stands, from → to, and what a person should know.
async fn told(world: &World, job: &Job) -> String {
    let lines: Vec<String> = world.items(job.id).await.iter().map(line).collect();
    lines.join("\n")
}

fn line(item: &Item) -> String {
    let action = item.action.map_or("-", domain::Action::name);
    let mut line = format!("{} {}: {action}, {}", item.operation, item.target, item.status);
    if let Some(error) = &item.error {
        write!(line, "\n  {}: {}", error.code, error.message).unwrap();
    }
    for change in &item.changes {
        write!(line, "\n  {}: {} -> {}", change.field, change.from, change.to).unwrap();
    }
    for note in &item.notes {
        write!(line, "\n  ({note})").unwrap();
    }
    line
}

/// What reverses the only item of a job that has run.
async fn undo(world: &World, job: &Job) -> Undo {
    let item = world.storage.load_items(job.id, None, 1).await.unwrap().remove(0);
    let found: Value = serde_json::from_str(item.found.as_ref().unwrap().get()).unwrap();
    let needs: Vec<Known> = found["needs"].as_array().unwrap().iter().map(known).collect();
    let changes = item.changes().unwrap();
    let context = CallContext {
        step: item.step.saturating_sub(1),
        action: item.action.unwrap(),
        needs: &needs,
        present: item.result.as_ref(),
        changes: &changes,
        remembered: found.get("remember"),
    };
    let operation = world.engine.registry().get(&item.operation).unwrap();
    operation.undo(&item.params, context).unwrap()
}

fn known(met: &Value) -> Known {
    let known = &met["known"];
    Known {
        kind: match known["kind"].as_str() {
            Some("group") => ObjectKind::Group,
            _ => ObjectKind::Project,
        },
        id: known["id"].as_u64().unwrap(),
        full_path: known["path"].as_str().unwrap().to_owned(),
        web_url: None,
        fields: BTreeMap::new(),
    }
}

/// Runs what reverses a job; returns operations and parameters.
async fn undone(world: &World, job: &Job) -> Vec<(&'static str, Value)> {
    let Undo::Items(reverse) = undo(world, job).await else {
        panic!("it cannot be undone")
    };
    let items: Vec<(&'static str, Value)> = reverse
        .into_iter()
        .map(|item| (item.operation, item.params))
        .collect();
    let job = plan(world, &items, JobOptions::default()).await;
    run(world, &job).await;
    items
}

async fn group(world: &World, name: &str, parent: Option<u64>) -> u64 {
    let body = json!({ "name": name, "path": name, "parent_id": parent, "visibility": "public" });
    world.by_hand("groups", body).await
}

async fn project(world: &World, name: &str, group: u64) -> u64 {
    let body = json!({ "name": name, "path": name, "namespace_id": group, "visibility": "public" });
    world.by_hand("projects", body).await
}

/// Writes that GitLab was asked for since the journal had this many entries.
fn writes_since(world: &World, seq: u64) -> Vec<String> {
    let entries = world.sim.journal(seq).into_iter();
    entries
        .filter(|entry| entry.method != "GET")
        .map(|entry| format!("{} {}", entry.method, entry.path))
        .collect()
}

fn now_in_journal(world: &World) -> u64 {
    world.sim.journal(0).last().map_or(0, |entry| entry.seq)
}

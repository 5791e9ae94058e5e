//! How fast the ledger is on this machine: `cargo run --release -p storage --example commit_rate -- DIRECTORY`.
//!
//! Makes a job of 100,000 items in a database file below `DIRECTORY` (which decides how long a flush
//! takes), plans it, loads it back and runs its items in batches of 1, 32 and 128, as the engine's
//! group commit would: each batch has the intents of the next items and the evidence and the end of
//! those before. The first half goes in the order of the input, the second all over the place.
#![expect(clippy::print_stdout, reason = "its output is its purpose")]

use std::sync::Arc;
use std::time::Duration;

use domain::{
    Action, Clock, ItemResult, ItemStatus, JobEvent, JobId, JobOptions, Origin, Source, SystemClock, UserKey,
};
use serde_json::value::RawValue;
use storage::{
    Claimant, Database, Evidence, EvidenceKind, Intent, ItemChange, Items, Jobs, Lease, Ledger, LedgerBatch,
    NewItem, NewJob, PlannedItem,
};

const ITEMS: u32 = 100_000;
const HALF: u32 = ITEMS / 2;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let directory = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let directory = tempfile::tempdir_in(directory)?;
    let path = directory.path().join("rate.db");
    let clock = Arc::new(SystemClock::new());
    let database = Database::open(&path.display().to_string(), clock.clone()).await?;

    let start = clock.monotonic();
    let job = create(&database).await?;
    report("create 100,000 items", &*clock, start, 1);

    let lease = claim(&database, job).await?;
    let start = clock.monotonic();
    for first in (0..ITEMS).step_by(5_000) {
        database
            .record_plan(&lease, (first..first + 5_000).map(planned).collect())
            .await?;
    }
    database.move_leased(&lease, JobEvent::Planned, None).await?;
    database.move_job(job, JobEvent::Start, None).await?;
    report("record the plan of 100,000 items", &*clock, start, 1);

    let start = clock.monotonic();
    let mut after = None;
    let mut loaded = 0;
    loop {
        let page = database.load_items(job, after, 5_000).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.index);
        loaded += page.len();
    }
    report(&format!("load {loaded} items"), &*clock, start, 1);

    let lease = claim(&database, job).await?;
    let in_order: fn(u32) -> u32 = |n| n;
    for (order, item, mut next) in [("in order", in_order, 128), ("scattered", scattered, HALF + 128)] {
        for (batch, commits) in [(1_u32, 1_000_u32), (32, 600), (128, 200)] {
            let start = clock.monotonic();
            let before = processor_time();
            for _ in 0..commits {
                let begun: Vec<u32> = (next..next + batch).map(item).collect();
                let ended: Vec<u32> = (next - batch..next).map(item).collect();
                next += batch;
                database
                    .commit(&lease, &ledger_batch(&begun, &ended, &*clock))
                    .await?;
            }
            report(
                &format!("commit of {batch} begun and {batch} ended, {order}"),
                &*clock,
                start,
                commits,
            );
            println!(
                "    processor: {:?} each",
                processor_time().saturating_sub(before) / commits
            );
        }
    }

    let start = clock.monotonic();
    let open = database.open_intents(job).await?.len();
    report(&format!("find {open} open intents"), &*clock, start, 1);
    let start = clock.monotonic();
    let counts = database.count_items(job).await?;
    report(&format!("count items: {counts:?}"), &*clock, start, 1);
    let start = clock.monotonic();
    database.move_job(job, JobEvent::Cancel, None).await?;
    report("cancel", &*clock, start, 1);
    database.close().await;
    println!("{} bytes on disk", std::fs::metadata(&path)?.len());
    Ok(())
}

fn report(what: &str, clock: &dyn Clock, start: Duration, times: u32) {
    let took = clock.monotonic().saturating_sub(start);
    println!("{what}: {took:?}, {:?} each", took / times);
}

/// User and system time of this process, in the hundredths of a second that Linux counts.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks: u64 = stat
        .split_whitespace()
        .skip(13)
        .take(2)
        .filter_map(|n| n.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 10)
}

/// Maps the second half onto itself, all over the place: 25,013 and 50,000 have no common factor.
fn scattered(n: u32) -> u32 {
    HALF + u32::try_from(u64::from(n - HALF) * 25_013 % u64::from(HALF)).unwrap_or_default()
}

async fn create(database: &Database) -> Outcome<JobId> {
    let id = JobId("0190f5fe-7c00-7a00-8000-000000000001".parse()?);
    let file: Arc<str> = "projects.csv".into();
    let items = (0..ITEMS)
        .map(|index| {
            let params = serde_json::json!({
                "name": format!("Project {index}"), "path": format!("project-{index}"), "group": "acme/platform/team",
                "visibility": "private", "description": "Something that is long enough to be a real description",
                "issues_access_level": "enabled", "wiki_access_level": "disabled", "topics": ["one", "two"],
            });
            Ok(NewItem {
                index,
                operation: "create_project",
                target: format!("acme/platform/team/project-{index}"),
                source: Source { file: Some(Arc::clone(&file)), row: Some(index + 1), path: None },
                params: RawValue::from_string(params.to_string())?,
                expects: None,
                input: None,
            })
        })
        .collect::<Outcome<Vec<_>>>()?;
    let job = NewJob {
        id,
        kind: "bulk_create_projects".to_owned(),
        origin: Origin::Cli,
        owner: UserKey {
            instance: "https://gitlab.example.com".parse()?,
            user_id: 1,
        },
        username: "dev-0001".to_owned(),
        options: JobOptions::default(),
        retry_of: None,
        undo_of: None,
        autostart: false,
        request: None,
        inputs: None,
        idempotency: None,
        quota: None,
    };
    database.create_job(job, items).await?;
    Ok(id)
}

async fn claim(database: &Database, job: JobId) -> Outcome<Lease> {
    let claimant = Claimant {
        name: "commit_rate".to_owned(),
        lease: Duration::from_secs(30),
    };
    Ok(database.claim_job(&claimant, job).await?.0)
}

fn planned(index: u32) -> PlannedItem {
    PlannedItem {
        index,
        action: Action::Create,
        status: ItemStatus::Pending,
        changes: Vec::new(),
        depends_on: vec![index / 10],
        error: None,
        result: None,
        found: None,
        notes: Vec::new(),
    }
}

fn ledger_batch(begun: &[u32], ended: &[u32], clock: &dyn Clock) -> LedgerBatch {
    let at = clock.now();
    let change = |item: &u32, status, result| ItemChange {
        item: *item,
        status,
        attempts: 1,
        step: 0,
        error: None,
        look_at: None,
        result,
        at,
    };
    let result = |item: &u32| ItemResult {
        id: Some(u64::from(*item)),
        full_path: Some(format!("acme/platform/team/project-{item}")),
        web_url: Some(format!(
            "https://gitlab.example.com/acme/platform/team/project-{item}"
        )),
    };
    LedgerBatch {
        intents: begun
            .iter()
            .map(|item| Intent {
                item: *item,
                attempt: 1,
                call: 0,
                method: "POST",
                path: "/projects".to_owned(),
                at,
            })
            .collect(),
        evidence: ended
            .iter()
            .map(|item| Evidence {
                item: *item,
                attempt: 1,
                call: 0,
                kind: EvidenceKind::Answered,
                gitlab_status: Some(201),
                request_id: Some(format!("01HZX{item:022}")),
                seen: RawValue::from_string(format!("{{\"id\":{item}}}")).ok(),
                at,
            })
            .collect(),
        items: ended
            .iter()
            .map(|item| change(item, ItemStatus::Succeeded, Some(result(item))))
            .chain(begun.iter().map(|item| change(item, ItemStatus::Running, None)))
            .collect(),
        progress: None,
    }
}

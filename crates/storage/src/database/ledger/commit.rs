use domain::{ItemStatus, JobStatus};
use serde_json::value::RawValue;
use sqlx::{QueryBuilder, Sqlite};

use crate::database::Database;
use crate::database::bulk::runs;
use crate::database::counts::Counts;
use crate::database::failure::{Cell, optional_json};
use crate::{Committed, Evidence, Intent, ItemChange, Lease, LedgerBatch, Result, StorageError};

/// Proves the lease and locks the job's row; `$3` is 1 when people can see a difference afterwards.
const FENCE: &str = "UPDATE jobs SET version = version + $3, \
     updated_at = CASE WHEN $3 = 0 THEN updated_at ELSE $4 END \
     WHERE id = $1 AND epoch = $2 RETURNING number, status, version";

const SET_PROGRESS: &str = "UPDATE jobs SET items_per_second = $2, estimated_completion = $3 WHERE number = $1 AND status = 'running'";

pub(super) async fn commit(database: &Database, lease: &Lease, batch: &LedgerBatch) -> Result<Committed> {
    let visible = !batch.items.is_empty() || batch.progress.is_some();
    let mut transaction = database.pools.write().await?;
    let fence: Option<(i64, String, i64)> = sqlx::query_as(FENCE)
        .bind(lease.job.to_string())
        .bind(lease.epoch)
        .bind(i64::from(visible))
        .bind(database.now().as_millis())
        .fetch_optional(&mut *transaction)
        .await?;
    let (job, status, version) = fence.ok_or(StorageError::LeaseLost(lease.job))?;
    let cell = |column| Cell {
        table: "jobs",
        column,
        row: &lease.job,
    };
    let committed = Committed {
        version: cell("version").number(version)?,
        status: cell("status").known(JobStatus::from_name(&status))?,
    };

    if committed.status == JobStatus::Running {
        for run in runs(&batch.intents) {
            insert_intents(job, run)
                .build()
                .execute(&mut *transaction)
                .await?;
        }
    }
    for run in runs(&batch.evidence) {
        insert_evidence(job, run)
            .build()
            .execute(&mut *transaction)
            .await?;
    }

    let changes: Vec<Standing<'_>> = batch
        .items
        .iter()
        .filter_map(|change| Standing::after(change, committed.status))
        .collect();
    let items: Vec<u32> = changes.iter().map(|standing| standing.change.item).collect();
    let mut counts = Counts::default();
    counts.take_away_present(&mut transaction, job, &items).await?;
    for run in runs(&changes) {
        put_states(job, run)?.build().execute(&mut *transaction).await?;
    }
    for standing in &changes {
        counts.add(standing.status, 1);
    }
    counts.apply(&mut transaction, job).await?;

    if let Some(progress) = &batch.progress {
        sqlx::query(SET_PROGRESS)
            .bind(job)
            .bind(progress.items_per_second)
            .bind(progress.estimated_completion.map(domain::Timestamp::as_millis))
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(committed)
}

/// How an item will stand, given how its job stands.
struct Standing<'a> {
    change: &'a ItemChange,
    status: ItemStatus,
}

impl<'a> Standing<'a> {
    /// `None` when the change must not happen.
    fn after(change: &'a ItemChange, job: JobStatus) -> Option<Self> {
        let status = match (change.status, job) {
            // Its intent was not recorded, so nothing will be sent for it.
            (ItemStatus::Running, other) if other != JobStatus::Running => return None,
            // Put back into a job that will never come to it again.
            (ItemStatus::Pending, JobStatus::Cancelled) => ItemStatus::Cancelled,
            (status, _) => status,
        };
        Some(Self { change, status })
    }
}

fn insert_intents(job: i64, intents: &[Intent]) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new("INSERT INTO intents (job, item, attempt, call, method, path, at) ");
    query.push_values(intents, |mut row, intent| {
        row.push_bind(job)
            .push_bind(i64::from(intent.item))
            .push_bind(i64::from(intent.attempt))
            .push_bind(i64::from(intent.call))
            .push_bind(intent.method)
            .push_bind(&intent.path)
            .push_bind(intent.at.as_millis());
    });
    query.push(" ON CONFLICT (job, item, attempt, call) DO NOTHING");
    query
}

fn insert_evidence(job: i64, evidence: &[Evidence]) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(
        "INSERT INTO evidence (job, item, attempt, call, kind, gitlab_status, request_id, seen, at) ",
    );
    query.push_values(evidence, |mut row, evidence| {
        row.push_bind(job)
            .push_bind(i64::from(evidence.item))
            .push_bind(i64::from(evidence.attempt))
            .push_bind(i64::from(evidence.call))
            .push_bind(evidence.kind.name())
            .push_bind(evidence.gitlab_status.map(i64::from))
            .push_bind(evidence.request_id.as_deref())
            .push_bind(evidence.seen.as_deref().map(RawValue::get))
            .push_bind(evidence.at.as_millis());
    });
    query.push(" ON CONFLICT (job, item, attempt, call) DO NOTHING");
    query
}

/// An upsert of rows that are known to be there: it finds each by its key, where an `UPDATE … FROM`
/// leaves SQLite free to walk through all items of the job (and it did).
fn put_states(job: i64, changes: &[Standing<'_>]) -> Result<QueryBuilder<Sqlite>> {
    let rows = changes
        .iter()
        .map(|standing| {
            let change = standing.change;
            Ok((
                standing,
                optional_json(change.error.as_ref())?,
                optional_json(change.look_at.as_ref())?,
                optional_json(change.result.as_ref())?,
            ))
        })
        .collect::<Result<Vec<_>>>()?;
    let mut query = QueryBuilder::new(
        "INSERT INTO item_states (job, idx, status, attempts, step, error_code, error, look_at, result, \
         started_at, finished_at) ",
    );
    query.push_values(rows, |mut row, (standing, error, look_at, result)| {
        let (change, status) = (standing.change, standing.status);
        let at = change.at.as_millis();
        row.push_bind(job)
            .push_bind(i64::from(change.item))
            .push_bind(status.name())
            .push_bind(i64::from(change.attempts))
            .push_bind(i64::from(change.step))
            .push_bind(change.error.as_ref().map(|error| error.code.as_str()))
            .push_bind(error)
            .push_bind(look_at)
            .push_bind(result)
            .push_bind((status == ItemStatus::Running).then_some(at))
            .push_bind(status.has_ended().then_some(at));
    });
    query.push(
        " ON CONFLICT (job, idx) DO UPDATE SET status = excluded.status, attempts = excluded.attempts, \
         step = CASE WHEN excluded.step > item_states.step THEN excluded.step ELSE item_states.step END, \
         error_code = excluded.error_code, error = excluded.error, look_at = excluded.look_at, \
         result = COALESCE(excluded.result, item_states.result), \
         started_at = COALESCE(item_states.started_at, excluded.started_at), \
         finished_at = excluded.finished_at",
    );
    Ok(query)
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[FENCE, SET_PROGRESS];

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use domain::{JobOptions, ManualClock, Origin, Source, Timestamp, UserKey};

    use super::*;
    use crate::{Claimant, Items, Jobs, Ledger, NewItem, NewJob};

    #[tokio::test]
    async fn on_a_full_disk_nothing_is_recorded_until_there_is_room_again() {
        let clock = Arc::new(ManualClock::at(Timestamp::from_millis(0)));
        let database = Database::open_temporary(clock).await.unwrap();
        let job = NewJob {
            id: "0190f5fe-7c00-7a00-8000-000000000001".parse().unwrap(),
            kind: "bulk_create_groups".to_owned(),
            origin: Origin::Cli,
            owner: UserKey {
                instance: "https://gitlab.example.com".parse().unwrap(),
                user_id: 1,
            },
            username: "dev-0001".to_owned(),
            options: JobOptions::default(),
            retry_of: None,
            undo_of: None,
            autostart: false,
            request: None,
            idempotency: None,
        };
        let id = job.id;
        let items = (0..200).map(|index| NewItem {
            index,
            operation: "create_group",
            target: format!("group-{index}"),
            source: Source::default(),
            params: RawValue::from_string("{}".to_owned()).unwrap(),
            expects: None,
        });
        database.create_job(job, items.collect()).await.unwrap();
        for event in [domain::JobEvent::Planned, domain::JobEvent::Start] {
            database.move_job(id, event, None).await.unwrap();
        }
        let claimant = Claimant {
            name: "test".to_owned(),
            lease: Duration::from_secs(10),
        };
        let (lease, before) = database.claim_job(&claimant, id).await.unwrap();
        let at = Timestamp::from_millis(0);
        let batch = LedgerBatch {
            intents: (0..200)
                .map(|item| Intent {
                    item,
                    attempt: 1,
                    call: 0,
                    method: "POST",
                    path: format!("/groups?{}", "x".repeat(500)),
                    at,
                })
                .collect(),
            ..LedgerBatch::default()
        };

        limit_pages(&database, 1).await;
        let refused = database.commit(&lease, &batch).await;
        assert!(
            matches!(refused, Err(StorageError::Unavailable(_))),
            "{refused:?}"
        );
        assert!(database.open_intents(id).await.unwrap().is_empty());
        assert_eq!(database.job(id).await.unwrap().unwrap().job, before);

        limit_pages(&database, 1_000_000).await;
        database.commit(&lease, &batch).await.unwrap();
        assert_eq!(database.open_intents(id).await.unwrap().len(), 200);
        assert_eq!(
            database.load_items(id, None, 1).await.unwrap()[0].status,
            ItemStatus::Pending
        );
    }

    /// No page more than there are, at least `pages`: what a full disk is to SQLite.
    async fn limit_pages(database: &Database, pages: u32) {
        let limit = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
        sqlx::query(limit).execute(database.pools.writer()).await.unwrap();
    }
}

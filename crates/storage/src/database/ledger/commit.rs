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
        update_states(job, run)?
            .build()
            .execute(&mut *transaction)
            .await?;
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

fn update_states(job: i64, changes: &[Standing<'_>]) -> Result<QueryBuilder<Sqlite>> {
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
        "WITH v (idx, status, attempts, error_code, error, look_at, result, started_at, finished_at) AS (",
    );
    query.push_values(rows, |mut row, (standing, error, look_at, result)| {
        let (change, status) = (standing.change, standing.status);
        let at = change.at.as_millis();
        row.push_bind(i64::from(change.item))
            .push_bind(status.name())
            .push_bind(i64::from(change.attempts))
            .push_bind(change.error.as_ref().map(|error| error.code.as_str()))
            .push_bind(error)
            .push_bind(look_at)
            .push_bind(result)
            .push_bind((status == ItemStatus::Running).then_some(at))
            .push_bind(status.has_ended().then_some(at));
    });
    query
        .push(
            ") UPDATE item_states SET status = v.status, attempts = v.attempts, error_code = v.error_code, \
             error = v.error, look_at = v.look_at, result = COALESCE(v.result, item_states.result), \
             started_at = COALESCE(item_states.started_at, v.started_at), finished_at = v.finished_at \
             FROM v WHERE item_states.idx = v.idx AND item_states.job = ",
        )
        .push_bind(job);
    Ok(query)
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[FENCE, SET_PROGRESS];

use domain::{ItemStatus, JobStatus, UserKey};
use serde_json::value::RawValue;

use super::row::{JobRow, columns};
use crate::database::Database;
use crate::database::bulk::runs;
use crate::database::failure::{Cell, json};
use crate::database::pools::Transaction;
use crate::database::sql::{Dialect, Sql};
use crate::{Created, Idempotency, NewItem, NewJob, Quota, Result, StorageError};

const INSERT_JOB: &str = concat!(
    "INSERT INTO jobs (id, kind, origin, instance, user_id, username, options, not_before, retry_of, undo_of, \
     idempotency_key, idempotency_body, status, version, total, created_at, updated_at, autostart, request, inputs) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, $14, $15, $15, $16, $17, $18) \
     ON CONFLICT (instance, user_id, idempotency_key) DO NOTHING RETURNING ",
    columns!()
);

const JOB_BY_KEY: &str = concat!(
    "SELECT idempotency_body, ",
    columns!(),
    " FROM jobs WHERE instance = $1 AND user_id = $2 AND idempotency_key = $3"
);

const OPEN_WORK: &str = "SELECT COUNT(*), CAST(COALESCE(SUM(total - progress), 0) AS BIGINT) FROM jobs \
     WHERE instance = $1 AND user_id = $2 AND number <> $3 \
     AND status IN ('planning', 'planned', 'pending', 'running', 'paused')";

pub(super) async fn create_job(database: &Database, job: &NewJob, items: &[NewItem]) -> Result<Created> {
    let mut transaction = database.pools.write().await?;
    let key = job.idempotency.as_ref();
    let total = Cell {
        table: "jobs",
        column: "total",
        row: &job.id,
    };
    let row: Option<JobRow> = transaction
        .query(INSERT_JOB)
        .bind(job.id.to_string())
        .bind(&job.kind)
        .bind(job.origin.name())
        .bind(job.owner.instance.as_str())
        .bind(job.owner.user_id.cast_signed())
        .bind(&job.username)
        .bind(json(&job.options)?)
        .bind(job.options.not_before.map(domain::Timestamp::as_millis))
        .bind(job.retry_of.map(|id| id.to_string()))
        .bind(job.undo_of.map(|id| id.to_string()))
        .bind(key.map(|key| key.key.as_str()))
        .bind(key.map(|key| key.body.as_slice()))
        .bind(JobStatus::Planning.name())
        .bind(total.known(i64::try_from(items.len()).ok())?)
        .bind(database.now().as_millis())
        .bind(job.autostart)
        .bind(job.request.as_deref().map(RawValue::get))
        .bind(job.inputs.as_deref().map(RawValue::get))
        .optional()
        .await?;
    let Some(row) = row else {
        let key = total.known(key)?;
        return earlier(&mut transaction, job, key).await;
    };
    if let Some(quota) = job.quota {
        keep_to(
            &mut transaction,
            &job.owner,
            row.number,
            quota,
            items.len() as u64,
        )
        .await?;
    }
    insert(&mut transaction, row.number, items).await?;
    if let Some(quota) = job.quota {
        keep_to_surely(
            &mut transaction,
            &job.owner,
            row.number,
            quota,
            items.len() as u64,
        )
        .await?;
    }
    transaction.commit().await?;
    Ok(Created::New(row.job()?))
}

/// As [`keep_to`], also where others are made at the same moment, which PostgreSQL would not show to each other. To be
/// asked last, since they wait for each other from then on, and asked for after [`keep_to`]: what is refused anyway need
/// not be written first.
pub(in crate::database) async fn keep_to_surely(
    transaction: &mut Transaction,
    owner: &UserKey,
    number: i64,
    quota: Quota,
    items: u64,
) -> Result<()> {
    if transaction.dialect() == Dialect::Sqlite {
        // Nobody else has written since.
        return Ok(());
    }
    let purpose = format!("work of {} on {}", owner.user_id, owner.instance);
    transaction.take_turns(&purpose).await?;
    keep_to(transaction, owner, number, quota, items).await
}

/// Refuses the job if its owner has too much besides.
pub(in crate::database) async fn keep_to(
    transaction: &mut Transaction,
    owner: &UserKey,
    number: i64,
    quota: Quota,
    items: u64,
) -> Result<()> {
    let (jobs, open): (i64, i64) = transaction
        .query(OPEN_WORK)
        .bind(owner.instance.as_str())
        .bind(owner.user_id.cast_signed())
        .bind(number)
        .one()
        .await?;
    let exceeded = |what, limit, used: i64, wanted| {
        let used = used.unsigned_abs();
        (used.saturating_add(wanted) > limit).then_some(StorageError::QuotaExceeded {
            what,
            limit,
            used,
            wanted,
        })
    };
    match exceeded("jobs", quota.jobs, jobs, 1).or_else(|| exceeded("items", quota.items, open, items)) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// Adds items to a job that has none.
pub(in crate::database) async fn insert(
    transaction: &mut Transaction,
    job: i64,
    items: &[NewItem],
) -> Result<()> {
    let dialect = transaction.dialect();
    let parts: [fn(Dialect, i64, &[NewItem]) -> Sql; 2] = [insert_items, insert_states];
    let statements = runs(items).flat_map(|run| parts.into_iter().map(move |put| Ok(put(dialect, job, run))));
    transaction.run_all(Box::new(statements)).await
}

/// The job that this owner made with the same key.
async fn earlier(transaction: &mut Transaction, job: &NewJob, key: &Idempotency) -> Result<Created> {
    #[derive(sqlx::FromRow)]
    struct Earlier {
        idempotency_body: Vec<u8>,
        #[sqlx(flatten)]
        job: JobRow,
    }

    let earlier: Earlier = transaction
        .query(JOB_BY_KEY)
        .bind(job.owner.instance.as_str())
        .bind(job.owner.user_id.cast_signed())
        .bind(&key.key)
        .one()
        .await?;
    if earlier.idempotency_body == key.body {
        Ok(Created::Existing(earlier.job.job()?))
    } else {
        Err(StorageError::IdempotencyConflict)
    }
}

fn insert_items(dialect: Dialect, job: i64, items: &[NewItem]) -> Sql {
    let mut query = Sql::new(
        dialect,
        "INSERT INTO items (job, idx, operation, target, source_file, source_row, source_path, params, expects, \
         input) ",
    );
    query.push_values(items, |row, item| {
        row.push_bind(job)
            .push_bind(i64::from(item.index))
            .push_bind(item.operation)
            .push_bind(&item.target)
            .push_bind(item.source.file.as_deref())
            .push_bind(item.source.row.map(i64::from))
            .push_bind(item.source.path.as_deref())
            .push_bind(item.params.get())
            .push_bind(item.expects.as_deref().map(RawValue::get))
            .push_bind(item.input.as_deref().map(RawValue::get));
    });
    query
}

fn insert_states(dialect: Dialect, job: i64, items: &[NewItem]) -> Sql {
    let mut query = Sql::new(dialect, "INSERT INTO item_states (job, idx, status) ");
    query.push_values(items, |row, item| {
        row.push_bind(job)
            .push_bind(i64::from(item.index))
            .push_bind(ItemStatus::Pending.name());
    });
    query
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[INSERT_JOB, JOB_BY_KEY, OPEN_WORK];

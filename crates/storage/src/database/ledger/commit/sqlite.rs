use domain::{ItemStatus, JobStatus, Timestamp};
use serde_json::value::RawValue;
use sqlx::query_builder::Separated;
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection};

use super::standing::{Standing, admitted};
use crate::database::failure::{Cell, unavailable};
use crate::database::pools::sqlite::Pools;
use crate::{Committed, Evidence, Intent, Lease, LedgerBatch, Result, StorageError};

/// The most intents, and the most evidence, that are written at once; and twice as many items.
const MOST: usize = 64;

const SET_PROGRESS: &str = "UPDATE jobs SET items_per_second = $2, estimated_completion = $3 WHERE number = $1 AND status = 'running'";

pub(super) async fn commit(
    pools: &Pools,
    now: Timestamp,
    lease: &Lease,
    batch: &LedgerBatch,
) -> Result<Committed> {
    let mut expected = JobStatus::Running;
    loop {
        let mut transaction = pools.write().await?;
        let (job, committed) = write(&mut transaction, now, lease, batch, expected).await?;
        if committed.status != expected {
            // Somebody has paused or cancelled it: what may be written is another.
            transaction.rollback().await?;
            expected = committed.status;
            continue;
        }
        if let Some(progress) = &batch.progress {
            sqlx::query(SET_PROGRESS)
                .bind(job)
                .bind(progress.items_per_second)
                .bind(progress.estimated_completion.map(Timestamp::as_millis))
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        return Ok(committed);
    }
}

/// Writes what a job that stands as `expected` may have written. When it turns out to stand otherwise, what was
/// written is wrong.
async fn write(
    connection: &mut SqliteConnection,
    now: Timestamp,
    lease: &Lease,
    batch: &LedgerBatch,
    expected: JobStatus,
) -> Result<(i64, Committed)> {
    let standings = batch
        .items
        .iter()
        .filter_map(|change| Standing::after(change, expected))
        .collect::<Result<Vec<_>>>()?;
    let mut changes = standings.chunks(2 * MOST);
    let mut evidence = batch.evidence.chunks(MOST);
    let intents = admitted(&batch.intents, expected);
    let mut intents = intents.chunks(MOST);
    let cell = |table, column| Cell {
        table,
        column,
        row: &lease.job,
    };
    let mut visible = !batch.items.is_empty() || batch.progress.is_some();
    loop {
        let part = Part {
            visible,
            intents: intents.next().unwrap_or_default(),
            evidence: evidence.next().unwrap_or_default(),
            changes: changes.next().unwrap_or_default(),
        };
        let rows = statements(now, lease, &part)?
            .build()
            .fetch_all(&mut *connection)
            .await?;
        let [fence, counted] = rows.as_slice() else {
            return Err(StorageError::LeaseLost(lease.job));
        };
        if counted.try_get::<i64, _>(0)? == 0 {
            // An item that does not exist, or one that is named twice.
            return Err(cell("item_states", "idx").inconsistent());
        }
        if intents.len() + evidence.len() + changes.len() == 0 {
            let committed = Committed {
                version: cell("jobs", "version").number(fence.try_get(2)?)?,
                status: cell("jobs", "status").known(JobStatus::from_name(fence.try_get(1)?))?,
            };
            return Ok((fence.try_get(0)?, committed));
        }
        visible = false;
    }
}

/// To how many rows so many are filled up: a power of two, or a multiple of eight where the next one is far.
fn length(rows: usize) -> usize {
    rows.next_power_of_two().min(rows.next_multiple_of(8).max(8))
}

/// As much of a batch as is written at once.
struct Part<'a> {
    /// Whether people can see a difference afterwards.
    visible: bool,
    intents: &'a [Intent],
    evidence: &'a [Evidence],
    changes: &'a [Standing<'a>],
}

/// Everything that a commit writes, as one text of several statements.
///
/// A statement takes a fraction of the time that its way to the thread of the connection and back takes, so
/// they go together. Each list is filled up with rows of nulls, which do nothing, to one of a few lengths: so there
/// are few texts, and each is prepared once. Answers with the job's number, status and version, and
/// with a row of 1; with fewer rows when the lease is gone, and with a 0 when an item is not as it should be.
///
/// `?` take the values in their order; `$1` to `$4` are those that the first statement has named.
fn statements(now: Timestamp, lease: &Lease, part: &Part<'_>) -> Result<QueryBuilder<Sqlite>> {
    let Part {
        visible,
        intents,
        evidence,
        changes,
    } = *part;
    let total = i64::try_from(changes.len()).map_err(unavailable)?;
    let rows = length(intents.len().max(evidence.len()).max(changes.len().div_ceil(2)));
    // Proves the lease and locks the job's row; `$1` is 1 when people can see a difference afterwards.
    let mut query = QueryBuilder::new("UPDATE jobs SET version = version + ");
    query
        .push_bind(i64::from(visible))
        .push(", updated_at = CASE WHEN $1 = 0 THEN updated_at ELSE ")
        .push_bind(now.as_millis())
        .push(" END WHERE id = ")
        .push_bind(lease.job.to_string())
        .push(" AND epoch = ")
        .push_bind(lease.epoch)
        .push(" RETURNING number, status, version; ");

    query.push("INSERT INTO intents (job, item, attempt, call, method, path, at) ");
    select(&mut query, 6, intents, rows, |mut row, intent| {
        row.push_bind(i64::from(intent.item))
            .push_bind(i64::from(intent.attempt))
            .push_bind(i64::from(intent.call))
            .push_bind(intent.method)
            .push_bind(&intent.path)
            .push_bind(intent.at.as_millis());
    });
    query.push(" ON CONFLICT (job, item, attempt, call) DO NOTHING; ");

    query.push("INSERT INTO evidence (job, item, attempt, call, kind, gitlab_status, request_id, seen, at) ");
    select(&mut query, 8, evidence, rows, |mut row, evidence| {
        row.push_bind(i64::from(evidence.item))
            .push_bind(i64::from(evidence.attempt))
            .push_bind(i64::from(evidence.call))
            .push_bind(evidence.kind.name())
            .push_bind(evidence.gitlab_status.map(i64::from))
            .push_bind(evidence.request_id.as_deref())
            .push_bind(evidence.seen.as_deref().map(RawValue::get))
            .push_bind(evidence.at.as_millis());
    });
    query.push(" ON CONFLICT (job, item, attempt, call) DO NOTHING; ");

    query.push(COUNT).push(" (");
    values(&mut query, 2, changes, 2 * rows, |mut row, standing| {
        row.push_bind(i64::from(standing.change.item))
            .push_bind(standing.status.name());
    });
    query.push(COUNTED).push_bind(total);
    query.push("; SELECT changes(); ");

    query.push(
        "INSERT INTO item_states (job, idx, status, attempts, step, error_code, error, look_at, result, \
         started_at, finished_at) ",
    );
    select(&mut query, 10, changes, 2 * rows, |mut row, standing| {
        let (change, status) = (standing.change, standing.status);
        let at = change.at.as_millis();
        row.push_bind(i64::from(change.item))
            .push_bind(status.name())
            .push_bind(i64::from(change.attempts))
            .push_bind(i64::from(change.step))
            .push_bind(change.error.as_ref().map(|error| error.code.as_str()))
            .push_bind(standing.error.as_deref())
            .push_bind(standing.look_at.as_deref())
            .push_bind(standing.result.as_deref())
            .push_bind((status == ItemStatus::Running).then_some(at))
            .push_bind(status.has_ended().then_some(at));
    });
    query.push(PUT_STATES);
    Ok(query)
}

/// By how much the counts of the job change: how the items will stand, less how they stand in the database at
/// this moment. So the counts stay exact even when a batch comes twice.
const COUNT: &str = "UPDATE jobs SET progress = jobs.progress + d.progress, \
     success_count = success_count + d.success, failure_count = failure_count + d.failure, \
     skipped_count = skipped_count + d.skipped, unconfirmed_count = unconfirmed_count + d.unconfirmed \
     FROM (SELECT count(DISTINCT s.idx) AS found, \
     count(*) FILTER (WHERE v.column2 NOT IN ('pending', 'running')) \
     - count(*) FILTER (WHERE s.status NOT IN ('pending', 'running')) AS progress, \
     count(*) FILTER (WHERE v.column2 = 'succeeded') - count(*) FILTER (WHERE s.status = 'succeeded') AS success, \
     count(*) FILTER (WHERE v.column2 = 'failed') - count(*) FILTER (WHERE s.status = 'failed') AS failure, \
     count(*) FILTER (WHERE v.column2 = 'skipped') - count(*) FILTER (WHERE s.status = 'skipped') AS skipped, \
     count(*) FILTER (WHERE v.column2 = 'unconfirmed') - count(*) FILTER (WHERE s.status = 'unconfirmed') \
     AS unconfirmed FROM";

/// `CROSS JOIN` keeps its order in SQLite: each item is found by its key.
const COUNTED: &str = ") v CROSS JOIN item_states s \
     WHERE s.job = (SELECT number FROM jobs WHERE id = $3) AND s.idx = v.column1) d \
     WHERE jobs.id = $3 AND jobs.epoch = $4 AND d.found = ";

/// An upsert of rows that are known to be there: it finds each by its key, where an `UPDATE … FROM`
/// leaves SQLite free to walk through all items of the job (and it did).
const PUT_STATES: &str = " ON CONFLICT (job, idx) DO UPDATE SET status = excluded.status, \
     attempts = excluded.attempts, \
     step = CASE WHEN excluded.step > item_states.step THEN excluded.step ELSE item_states.step END, \
     error_code = excluded.error_code, error = excluded.error, \
     look_at = excluded.look_at, result = COALESCE(excluded.result, item_states.result), \
     started_at = COALESCE(item_states.started_at, excluded.started_at), \
     finished_at = excluded.finished_at";

/// Selects the job's number and these rows, or nothing when the lease is gone.
fn select<T>(
    query: &mut QueryBuilder<Sqlite>,
    columns: usize,
    rows: &[T],
    length: usize,
    bind: impl FnMut(Separated<'_, Sqlite, &'static str>, &T),
) {
    query.push("SELECT j.number, v.* FROM jobs j CROSS JOIN (");
    values(query, columns, rows, length, bind);
    query.push(") v WHERE j.id = $3 AND j.epoch = $4 AND v.column1 IS NOT NULL");
}

/// `VALUES` of these rows and of nulls, `length` together.
fn values<T>(
    query: &mut QueryBuilder<Sqlite>,
    columns: usize,
    rows: &[T],
    length: usize,
    mut bind: impl FnMut(Separated<'_, Sqlite, &'static str>, &T),
) {
    let padded = rows.iter().map(Some).chain(std::iter::repeat(None)).take(length);
    query.push_values(padded, |mut tuple, row| match row {
        Some(row) => bind(tuple, row),
        None => (0..columns).for_each(|_| {
            tuple.push_bind(None::<i64>);
        }),
    });
}

#[cfg(test)]
pub(in crate::database) const STATEMENTS: &[&str] = &[SET_PROGRESS];

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use domain::{JobOptions, ManualClock, Origin, Source, Timestamp, UserKey};

    use super::*;
    use crate::database::Database;
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
            inputs: None,
            idempotency: None,
            quota: None,
        };
        let id = job.id;
        let items = (0..200).map(|index| NewItem {
            index,
            operation: "create_group",
            target: format!("group-{index}"),
            source: Source::default(),
            params: RawValue::from_string("{}".to_owned()).unwrap(),
            expects: None,
            input: None,
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
        let crate::database::pools::Pools::Sqlite(pools) = &database.pools else {
            unreachable!()
        };
        sqlx::query(limit).execute(pools.writer()).await.unwrap();
    }
}

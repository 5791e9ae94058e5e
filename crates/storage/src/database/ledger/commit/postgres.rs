use domain::{JobStatus, Timestamp};
use serde_json::value::RawValue;
use sqlx::postgres::PgArguments;
use sqlx::{Arguments as _, FromRow, Postgres};

use super::standing::{Standing, admitted};
use crate::database::Database;
use crate::database::failure::Cell;
use crate::database::pools::Pools;
use crate::database::sql::heard;
use crate::{Committed, Evidence, Intent, Lease, LedgerBatch, Result, StorageError};

/// Everything that a commit writes, as one statement: one way to the server and back, and one flush there. Each list
/// comes as arrays, a column each, so that one text serves any number of rows.
///
/// All parts see the database as it was when the statement began, except that rows which are locked are seen as they
/// are now. So `fence` locks the job, after which nobody else writes about its items, and `present` locks those; what
/// is counted is then true. With no lease, another status of the job, or an item that is unknown or named twice,
/// `counted` is empty and nothing is written at all.
const COMMIT: &str = "WITH fence AS MATERIALIZED (\
     SELECT number FROM jobs WHERE id = $1 AND epoch = $2 AND status = $3 FOR UPDATE), \
     given AS MATERIALIZED (SELECT * FROM UNNEST($23::bigint[], $24::text[], $25::bigint[], $26::bigint[], \
     $27::text[], $28::text[], $29::text[], $30::text[], $31::bigint[]) \
     AS v (idx, status, attempts, step, error_code, error, look_at, result, at)), \
     present AS MATERIALIZED (SELECT s.idx, s.status FROM fence f CROSS JOIN given v \
     JOIN item_states s ON s.job = f.number AND s.idx = v.idx FOR UPDATE OF s), \
     counted AS MATERIALIZED (SELECT f.number, d.* FROM fence f CROSS JOIN (SELECT \
     COALESCE(sum(n) FILTER (WHERE status NOT IN ('pending', 'running')), 0)::bigint AS progress, \
     COALESCE(sum(n) FILTER (WHERE status = 'succeeded'), 0)::bigint AS success, \
     COALESCE(sum(n) FILTER (WHERE status = 'failed'), 0)::bigint AS failure, \
     COALESCE(sum(n) FILTER (WHERE status = 'skipped'), 0)::bigint AS skipped, \
     COALESCE(sum(n) FILTER (WHERE status = 'unconfirmed'), 0)::bigint AS unconfirmed \
     FROM (SELECT status, 1 AS n FROM given UNION ALL SELECT status, -1 FROM present) both_ways) d \
     WHERE (SELECT count(DISTINCT idx) FROM present) = $32), \
     intended AS (INSERT INTO intents (job, item, attempt, call, method, path, at) \
     SELECT c.number, v.* FROM counted c CROSS JOIN UNNEST($9::bigint[], $10::bigint[], $11::bigint[], \
     $12::text[], $13::text[], $14::bigint[]) v ON CONFLICT (job, item, attempt, call) DO NOTHING), \
     evident AS (INSERT INTO evidence (job, item, attempt, call, kind, gitlab_status, request_id, seen, at) \
     SELECT c.number, v.* FROM counted c CROSS JOIN UNNEST($15::bigint[], $16::bigint[], $17::bigint[], \
     $18::text[], $19::bigint[], $20::text[], $21::text[], $22::bigint[]) v \
     ON CONFLICT (job, item, attempt, call) DO NOTHING), \
     standing AS (UPDATE item_states s SET status = v.status, attempts = v.attempts, \
     step = GREATEST(s.step, v.step), error_code = v.error_code, error = v.error, look_at = v.look_at, \
     result = COALESCE(v.result, s.result), \
     started_at = COALESCE(s.started_at, CASE WHEN v.status = 'running' THEN v.at END), \
     finished_at = CASE WHEN v.status NOT IN ('pending', 'running') THEN v.at END \
     FROM counted c CROSS JOIN given v WHERE s.job = c.number AND s.idx = v.idx) \
     UPDATE jobs j SET version = j.version + CASE WHEN $4 THEN 1 ELSE 0 END, \
     updated_at = CASE WHEN $4 THEN $5 ELSE j.updated_at END, \
     items_per_second = CASE WHEN $6 THEN $7 ELSE j.items_per_second END, \
     estimated_completion = CASE WHEN $6 THEN $8 ELSE j.estimated_completion END, \
     progress = j.progress + c.progress, success_count = j.success_count + c.success, \
     failure_count = j.failure_count + c.failure, skipped_count = j.skipped_count + c.skipped, \
     unconfirmed_count = j.unconfirmed_count + c.unconfirmed \
     FROM counted c WHERE j.number = c.number RETURNING j.version";

/// Why nothing was written.
const HOLDER: &str = "SELECT epoch, status FROM jobs WHERE id = $1";

#[derive(FromRow)]
struct Holder {
    epoch: i64,
    status: String,
}

pub(super) async fn commit(database: &Database, lease: &Lease, batch: &LedgerBatch) -> Result<Committed> {
    let Pools::Postgres(pool) = &database.pools else {
        return Err(sqlx::Error::PoolClosed.into());
    };
    let cell = |table, column| Cell {
        table,
        column,
        row: &lease.job,
    };
    let mut expected = JobStatus::Running;
    loop {
        let arguments = arguments(database.now(), lease, batch, expected)?;
        let statement = sqlx::query_scalar_with::<Postgres, i64, _>(COMMIT, arguments);
        if let Some(version) = heard(statement.fetch_optional(pool)).await? {
            return Ok(Committed {
                version: cell("jobs", "version").number(version)?,
                status: expected,
            });
        }
        let holder: Option<Holder> = database
            .pools
            .writer()
            .query(HOLDER)
            .bind(lease.job.to_string())
            .optional()
            .await?;
        let holder = holder
            .filter(|holder| holder.epoch == lease.epoch)
            .ok_or(StorageError::LeaseLost(lease.job))?;
        let status = cell("jobs", "status").known(JobStatus::from_name(&holder.status))?;
        if status == expected {
            // An item that does not exist, or one that is named twice.
            return Err(cell("item_states", "idx").inconsistent());
        }
        // Somebody has paused or cancelled it: what may be written is another.
        expected = status;
    }
}

/// The values of [`COMMIT`], in their order.
fn arguments(now: Timestamp, lease: &Lease, batch: &LedgerBatch, expected: JobStatus) -> Result<PgArguments> {
    let standings = batch
        .items
        .iter()
        .filter_map(|change| Standing::after(change, expected))
        .collect::<Result<Vec<_>>>()?;
    let intents = admitted(&batch.intents, expected);
    let intents = intents.as_ref();
    let progress = batch.progress.as_ref().filter(|_| expected == JobStatus::Running);
    let visible = !batch.items.is_empty() || batch.progress.is_some();
    let mut arguments = PgArguments::default();
    let mut bound = Ok(());
    macro_rules! bind {
        ($($value:expr),+ $(,)?) => {
            $(bound = bound.and_then(|()| arguments.add($value));)+
        };
    }
    bind!(lease.job.to_string(), lease.epoch, expected.name());
    bind!(visible, now.as_millis());
    bind!(
        progress.is_some(),
        progress.map(|progress| progress.items_per_second),
        progress
            .and_then(|progress| progress.estimated_completion)
            .map(Timestamp::as_millis),
    );
    bind!(
        column(intents, |intent| i64::from(intent.item)),
        column(intents, |intent| i64::from(intent.attempt)),
        column(intents, |intent| i64::from(intent.call)),
        column(intents, |intent: &Intent| intent.method),
        column(intents, |intent| intent.path.as_str()),
        column(intents, |intent| intent.at.as_millis()),
    );
    let evidence = batch.evidence.as_slice();
    bind!(
        column(evidence, |evidence| i64::from(evidence.item)),
        column(evidence, |evidence| i64::from(evidence.attempt)),
        column(evidence, |evidence| i64::from(evidence.call)),
        column(evidence, |evidence: &Evidence| evidence.kind.name()),
        column(evidence, |evidence| evidence.gitlab_status.map(i64::from)),
        column(evidence, |evidence| evidence.request_id.as_deref()),
        column(evidence, |evidence| evidence.seen.as_deref().map(RawValue::get)),
        column(evidence, |evidence| evidence.at.as_millis()),
    );
    let standings = standings.as_slice();
    bind!(
        column(standings, |standing| i64::from(standing.change.item)),
        column(standings, |standing| standing.status.name()),
        column(standings, |standing| i64::from(standing.change.attempts)),
        column(standings, |standing| i64::from(standing.change.step)),
        column(standings, |standing| {
            standing.change.error.as_ref().map(|error| error.code.as_str())
        }),
        column(standings, |standing| standing.error.as_deref()),
        column(standings, |standing| standing.look_at.as_deref()),
        column(standings, |standing| standing.result.as_deref()),
        column(standings, |standing| standing.change.at.as_millis()),
    );
    bind!(i64::try_from(standings.len()).unwrap_or(i64::MAX));
    bound.map_err(sqlx::Error::Encode)?;
    Ok(arguments)
}

/// One value of each row.
fn column<'a, R, V>(rows: &'a [R], value: impl Fn(&'a R) -> V) -> Vec<V> {
    rows.iter().map(value).collect()
}

#[cfg(test)]
pub(in crate::database) const STATEMENTS: &[&str] = &[COMMIT, HOLDER];

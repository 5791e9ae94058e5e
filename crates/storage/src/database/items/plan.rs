use crate::database::Database;
use crate::database::bulk::runs;
use crate::database::counts::Counts;
use crate::database::failure::optional_json;
use crate::database::sql::{Dialect, Sql};
use crate::{Lease, PlannedItem, Result, StorageError};

const RAISE_VERSION: &str =
    "UPDATE jobs SET version = version + 1, updated_at = $3 WHERE id = $1 AND epoch = $2 RETURNING number";

pub(super) async fn record_plan(database: &Database, lease: &Lease, items: &[PlannedItem]) -> Result<()> {
    let now = database.now().as_millis();
    let mut transaction = database.pools.write().await?;
    let job: Option<i64> = transaction
        .query(RAISE_VERSION)
        .bind(lease.job.to_string())
        .bind(lease.epoch)
        .bind(now)
        .value()
        .await?;
    let job = job.ok_or(StorageError::LeaseLost(lease.job))?;

    let mut counts = Counts::default();
    let indexes: Vec<u32> = items.iter().map(|item| item.index).collect();
    counts.take_away_present(&mut transaction, job, &indexes).await?;
    let dialect = transaction.dialect();
    let parts: [Put; 2] = [put_plans, put_states];
    let statements =
        runs(items).flat_map(|run| parts.into_iter().map(move |put| put(dialect, job, run, now)));
    transaction.run_all(Box::new(statements)).await?;
    for item in items {
        counts.add(item.status, 1);
    }
    counts.apply(&mut transaction, job).await?;
    transaction.commit().await?;
    Ok(())
}

/// Makes the statement that writes a part of what some items are planned as.
type Put = fn(Dialect, i64, &[PlannedItem], i64) -> Result<Sql>;

fn put_plans(dialect: Dialect, job: i64, items: &[PlannedItem], _now: i64) -> Result<Sql> {
    let mut query = Sql::new(
        dialect,
        "INSERT INTO item_plans (job, idx, depends_on, changes, found, notes) ",
    );
    let rows = items
        .iter()
        .map(|item| {
            let depends_on = Some(&item.depends_on).filter(|list| !list.is_empty());
            let changes = Some(&item.changes).filter(|list| !list.is_empty());
            let notes = Some(&item.notes).filter(|list| !list.is_empty());
            Ok((
                item,
                optional_json(depends_on)?,
                optional_json(changes)?,
                optional_json(notes)?,
            ))
        })
        .collect::<Result<Vec<_>>>()?;
    query.push_values(rows, |row, (item, depends_on, changes, notes)| {
        row.push_bind(job)
            .push_bind(i64::from(item.index))
            .push_bind(depends_on)
            .push_bind(changes)
            .push_bind(item.found.as_deref().map(serde_json::value::RawValue::get))
            .push_bind(notes);
    });
    query.push(
        " ON CONFLICT (job, idx) DO UPDATE SET depends_on = excluded.depends_on, \
         changes = excluded.changes, found = excluded.found, notes = excluded.notes",
    );
    Ok(query)
}

/// An upsert for the reason given at the ledger's.
fn put_states(dialect: Dialect, job: i64, items: &[PlannedItem], now: i64) -> Result<Sql> {
    let rows = items
        .iter()
        .map(|item| {
            let error = optional_json(item.error.as_ref())?;
            Ok((item, error, optional_json(item.result.as_ref())?))
        })
        .collect::<Result<Vec<_>>>()?;
    let mut query = Sql::new(
        dialect,
        "INSERT INTO item_states (job, idx, status, action, error_code, error, result, finished_at) ",
    );
    query.push_values(rows, |row, (item, error, result)| {
        row.push_bind(job)
            .push_bind(i64::from(item.index))
            .push_bind(item.status.name())
            .push_bind(item.action.name())
            .push_bind(item.error.as_ref().map(|error| error.code.as_str()))
            .push_bind(error)
            .push_bind(result)
            .push_bind(item.status.has_ended().then_some(now));
    });
    query.push(
        " ON CONFLICT (job, idx) DO UPDATE SET status = excluded.status, action = excluded.action, \
         error_code = excluded.error_code, error = excluded.error, result = excluded.result, \
         finished_at = excluded.finished_at",
    );
    Ok(query)
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[RAISE_VERSION];

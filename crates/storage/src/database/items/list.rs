use domain::{ItemStatus, JobId};

use super::row::{Files, ShownRow, common_columns, details};
use crate::database::Database;
use crate::database::pattern::containing;
use crate::database::sql::{Dialect, Sql};
use crate::{ItemFilter, ItemPage, Result};

pub(super) const MOST: u32 = 10_000;

pub(super) async fn items(database: &Database, job: JobId, filter: &ItemFilter) -> Result<ItemPage> {
    let limit = filter.limit.clamp(1, MOST);
    let rows: Vec<ShownRow> = database
        .pools
        .readers()
        .run(select(database.pools.dialect(), job, filter, limit + 1))
        .all()
        .await?;
    let more = rows.len() > limit as usize;
    let mut files = Files::default();
    let items = rows
        .into_iter()
        .take(limit as usize)
        .map(|row| row.item(job, &mut files))
        .collect::<Result<Vec<_>>>()?;
    let next = items.last().filter(|_| more).map(|item| item.index);
    Ok(ItemPage { items, next })
}

/// Picks the page's items from an index alone, then reads their rows: left to itself SQLite reads
/// the rows of all items of the job to find the few that failed.
pub(in crate::database) fn select(dialect: Dialect, job: JobId, filter: &ItemFilter, limit: u32) -> Sql {
    let columns = concat!(
        common_columns!(),
        ", s.error, s.look_at, p.changes, p.notes, s.differences, s.started_at, s.finished_at"
    );
    select_columns(columns, dialect, job, filter, limit)
}

/// The same with these columns of the item `i`, its state `s` and its plan `p`.
pub(super) fn select_columns(
    columns: &str,
    dialect: Dialect,
    job: JobId,
    filter: &ItemFilter,
    limit: u32,
) -> Sql {
    let mut query = Sql::new(
        dialect,
        format!("SELECT {columns} FROM (SELECT f.job, f.idx FROM item_states f"),
    );
    if filter.text.is_some() {
        query.push(" JOIN items t ON t.job = f.job AND t.idx = f.idx");
    }
    query
        .push(" WHERE f.job = (SELECT number FROM jobs WHERE id = ")
        .push_bind(job.to_string())
        .push(")");
    if let Some(after) = filter.after {
        query.push(" AND f.idx > ").push_bind(i64::from(after));
    }
    one_of(
        &mut query,
        "f.status",
        filter.status.iter().map(|status| status.name()),
    );
    one_of(
        &mut query,
        "f.action",
        filter.action.iter().map(|action| action.name()),
    );
    if !filter.status.is_empty() && filter.status.iter().all(|status| indexed(*status)) {
        // The index's own condition, word for word, or SQLite does not see that it covers these.
        query.push(" AND f.status IN ('failed', 'skipped', 'cancelled', 'unconfirmed')");
    }
    if let Some(code) = &filter.code {
        query.push(" AND f.error_code = ").push_bind(code);
    }
    if let Some(text) = &filter.text {
        query
            .push(" AND LOWER(t.target) LIKE LOWER(")
            .push_bind(containing(text))
            .push(r") ESCAPE '\'");
    }
    query
        .push(" ORDER BY f.idx LIMIT ")
        .push_bind(i64::from(limit))
        .push(concat!(
            ") page JOIN item_states s ON s.job = page.job AND s.idx = page.idx",
            details!(),
            " ORDER BY s.idx"
        ));
    query
}

/// Whether the index of states has items that stand like this.
const fn indexed(status: ItemStatus) -> bool {
    matches!(
        status,
        ItemStatus::Failed | ItemStatus::Skipped | ItemStatus::Cancelled | ItemStatus::Unconfirmed
    )
}

/// One word by `=`, so that an index in the order of the page serves it.
fn one_of(query: &mut Sql, column: &str, words: impl ExactSizeIterator<Item = &'static str>) {
    match words.len() {
        0 => {}
        1 => {
            for word in words {
                query.push(" AND ").push(column).push(" = ").push_bind(word);
            }
        }
        _ => {
            query.push(" AND ").push(column).push(" IN (");
            let mut list = query.separated();
            for word in words {
                list.push_bind(word);
            }
            query.push(")");
        }
    }
}

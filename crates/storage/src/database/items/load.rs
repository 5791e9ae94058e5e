use domain::JobId;

use super::row::{Files, StoredRow, common_columns, details};
use crate::database::Database;
use crate::{Result, StoredItem};

pub(in crate::database) const LOAD: &str = concat!(
    "SELECT ",
    common_columns!(),
    ", i.params, i.expects, p.found, p.changes, s.finished_at FROM item_states s",
    details!(),
    " WHERE s.job = (SELECT number FROM jobs WHERE id = $1) AND s.idx > $2 ORDER BY s.idx LIMIT $3"
);

pub(super) async fn load_items(
    database: &Database,
    job: JobId,
    after: Option<u32>,
    limit: u32,
) -> Result<Vec<StoredItem>> {
    let rows: Vec<StoredRow> = database
        .pools
        .readers()
        .query(LOAD)
        .bind(job.to_string())
        .bind(after.map_or(-1, i64::from))
        .bind(i64::from(limit))
        .all()
        .await?;
    let mut files = Files::default();
    rows.into_iter().map(|row| row.item(job, &mut files)).collect()
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[LOAD];

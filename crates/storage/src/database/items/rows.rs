use domain::JobId;

use super::list::{MOST, select_columns};
use super::row::RequestedRow;
use crate::database::Database;
use crate::{ItemFilter, ItemRow, Result};

const COLUMNS: &str = "i.idx, i.operation, i.params, i.input, s.status, s.error, s.result";

pub(super) async fn item_rows(database: &Database, job: JobId, filter: &ItemFilter) -> Result<Vec<ItemRow>> {
    let limit = filter.limit.clamp(1, MOST);
    let page = select_columns(COLUMNS, database.pools.dialect(), job, filter, limit);
    let rows: Vec<RequestedRow> = database.pools.readers().run(page).all().await?;
    rows.into_iter().map(|row| row.item(job)).collect()
}

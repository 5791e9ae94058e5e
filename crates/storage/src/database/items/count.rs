use domain::{Action, ItemStatus, JobId};

use crate::Result;
use crate::database::Database;
use crate::database::failure::Cell;

const COUNT: &str = "SELECT action, status, COUNT(*) FROM item_states \
     WHERE job = (SELECT number FROM jobs WHERE id = $1) GROUP BY action, status ORDER BY action NULLS FIRST, status";

pub(super) async fn count_items(
    database: &Database,
    job: JobId,
) -> Result<Vec<(Option<Action>, ItemStatus, u32)>> {
    let rows: Vec<(Option<String>, String, i64)> = database
        .pools
        .readers()
        .query(COUNT)
        .bind(job.to_string())
        .all()
        .await?;
    let cell = |column| Cell {
        table: "item_states",
        column,
        row: &job,
    };
    rows.into_iter()
        .map(|(action, status, items)| {
            let action = action
                .map(|word| cell("action").known(Action::from_name(&word)))
                .transpose()?;
            let status = cell("status").known(ItemStatus::from_name(&status))?;
            Ok((action, status, cell("idx").number(items)?))
        })
        .collect()
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[COUNT];

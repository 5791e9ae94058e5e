use domain::JobId;

use crate::Result;
use crate::database::Database;
use crate::database::failure::Cell;

const LAST_ATTEMPTS: &str = "SELECT i.item, MAX(i.attempt) FROM intents i \
     JOIN item_states s ON s.job = i.job AND s.idx = i.item \
     WHERE i.job = (SELECT number FROM jobs WHERE id = $1) AND s.status IN ('pending', 'running') \
     GROUP BY i.item ORDER BY i.item";

pub(super) async fn last_attempts(database: &Database, job: JobId) -> Result<Vec<(u32, u32)>> {
    let rows: Vec<(i64, i64)> = database
        .pools
        .readers()
        .query(LAST_ATTEMPTS)
        .bind(job.to_string())
        .all()
        .await?;
    let cell = |column| Cell {
        table: "intents",
        column,
        row: &job,
    };
    rows.into_iter()
        .map(|(item, attempt)| Ok((cell("item").number(item)?, cell("attempt").number(attempt)?)))
        .collect()
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[LAST_ATTEMPTS];

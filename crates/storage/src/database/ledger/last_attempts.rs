use domain::{JobId, Timestamp};

use crate::database::Database;
use crate::database::failure::Cell;
use crate::{LastAttempt, Result};

const LAST_ATTEMPTS: &str = "SELECT i.item, MAX(i.attempt), MAX(i.at) FROM intents i \
     JOIN item_states s ON s.job = i.job AND s.idx = i.item \
     WHERE i.job = (SELECT number FROM jobs WHERE id = $1) AND s.status IN ('pending', 'running') \
     GROUP BY i.item ORDER BY i.item";

pub(super) async fn last_attempts(database: &Database, job: JobId) -> Result<Vec<LastAttempt>> {
    let rows: Vec<(i64, i64, i64)> = database
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
        .map(|(item, attempt, at)| {
            Ok(LastAttempt {
                item: cell("item").number(item)?,
                attempt: cell("attempt").number(attempt)?,
                at: Timestamp::from_millis(at),
            })
        })
        .collect()
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[LAST_ATTEMPTS];

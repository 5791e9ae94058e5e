use domain::{JobId, Timestamp};
use sqlx::FromRow;

use crate::database::Database;
use crate::database::failure::Cell;
use crate::{OpenIntent, Result};

pub(in crate::database) const OPEN_INTENTS: &str = "SELECT i.item, i.attempt, i.call, i.method, i.path, i.at FROM intents i \
     WHERE i.job = (SELECT number FROM jobs WHERE id = $1) AND NOT EXISTS (SELECT 1 FROM evidence e \
     WHERE e.job = i.job AND e.item = i.item AND e.attempt = i.attempt AND e.call = i.call) \
     ORDER BY i.item, i.attempt, i.call";

#[derive(FromRow)]
struct IntentRow {
    item: i64,
    attempt: i64,
    call: i64,
    method: String,
    path: String,
    at: i64,
}

pub(super) async fn open_intents(database: &Database, job: JobId) -> Result<Vec<OpenIntent>> {
    let rows: Vec<IntentRow> = database
        .pools
        .readers()
        .query(OPEN_INTENTS)
        .bind(job.to_string())
        .all()
        .await?;
    let cell = |column| Cell {
        table: "intents",
        column,
        row: &job,
    };
    rows.into_iter()
        .map(|row| {
            Ok(OpenIntent {
                item: cell("item").number(row.item)?,
                attempt: cell("attempt").number(row.attempt)?,
                call: cell("call").number(row.call)?,
                method: row.method,
                path: row.path,
                at: Timestamp::from_millis(row.at),
            })
        })
        .collect()
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[OPEN_INTENTS];

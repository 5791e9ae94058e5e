use domain::JobStatus;

use super::super::Database;
use super::super::failure::Cell;
use crate::Result;

const BY_STATUS: &str = "SELECT status, COUNT(*) FROM jobs \
     WHERE status IN ('planning', 'planned', 'pending', 'running', 'paused') GROUP BY status";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[BY_STATUS];

pub(super) async fn jobs_by_status(database: &Database) -> Result<Vec<(JobStatus, u64)>> {
    let rows: Vec<(String, i64)> = database.pools.readers().query(BY_STATUS).all().await?;
    rows.into_iter()
        .map(|(status, jobs)| {
            let cell = |column| Cell {
                table: "jobs",
                column,
                row: &status,
            };
            Ok((
                cell("status").known(JobStatus::from_name(&status))?,
                cell("count").number(jobs)?,
            ))
        })
        .collect()
}

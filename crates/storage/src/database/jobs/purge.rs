use domain::Timestamp;

use crate::Result;
use crate::database::Database;

/// What belongs to the job goes with it (`ON DELETE CASCADE`).
const PURGE_ONE: &str = "DELETE FROM jobs WHERE number = (SELECT number FROM jobs \
     WHERE status IN ('completed', 'failed', 'cancelled') AND finished_at < $1 ORDER BY id LIMIT 1)";

/// One job at a time, so that a runner that wants to write waits for one job at most.
pub(super) async fn purge_jobs(database: &Database, ended_before: Timestamp) -> Result<u64> {
    let mut purged = 0;
    loop {
        let gone = database
            .pools
            .writer()
            .query(PURGE_ONE)
            .bind(ended_before.as_millis())
            .execute()
            .await?;
        if gone == 0 {
            return Ok(purged);
        }
        purged += gone;
    }
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[PURGE_ONE];

use domain::{ItemStatus, LookAt};

use crate::Result;
use crate::database::Database;
use crate::database::counts::Counts;
use crate::database::failure::json;

/// Cancelled jobs that nobody holds and that have items under way.
const LEFT_BEHIND: &str = "SELECT number FROM jobs j WHERE status = 'cancelled' \
     AND (lease_until IS NULL OR lease_until <= $1) \
     AND EXISTS (SELECT 1 FROM item_states s WHERE s.job = j.number AND s.status = 'running') ORDER BY number";

const LEAVE: &str = "UPDATE item_states SET status = $2, look_at = $3, finished_at = $4 \
     WHERE job = $1 AND status = 'running'";

const RAISE_VERSION: &str = "UPDATE jobs SET version = version + 1, updated_at = $2 WHERE number = $1";

pub(super) async fn leave_cancelled(database: &Database, look_at: &LookAt) -> Result<u64> {
    let now = database.now().as_millis();
    let look_at = json(look_at)?;
    let jobs: Vec<i64> = sqlx::query_scalar(LEFT_BEHIND)
        .bind(now)
        .fetch_all(database.pools.readers())
        .await?;
    let mut left = 0;
    for job in jobs {
        let mut transaction = database.pools.write().await?;
        let items = sqlx::query(LEAVE)
            .bind(job)
            .bind(ItemStatus::Unconfirmed.name())
            .bind(&look_at)
            .bind(now)
            .execute(&mut *transaction)
            .await?
            .rows_affected();
        sqlx::query(RAISE_VERSION)
            .bind(job)
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        let mut counts = Counts::default();
        counts.add(ItemStatus::Unconfirmed, items.cast_signed());
        counts.apply(&mut transaction, job).await?;
        transaction.commit().await?;
        left += items;
    }
    Ok(left)
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[LEFT_BEHIND, LEAVE, RAISE_VERSION];

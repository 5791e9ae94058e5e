use domain::{ItemStatus, LookAt};

use crate::Result;
use crate::database::Database;
use crate::database::counts::Counts;
use crate::database::failure::json;
use crate::database::lease_clock::now;
use crate::database::sql::Twins;

/// Cancelled jobs that nobody holds and that have items under way.
macro_rules! left_behind {
    ($now:expr) => {
        concat!(
            "SELECT number FROM jobs j WHERE status = 'cancelled' AND (lease_until IS NULL OR lease_until <= ",
            $now,
            ") AND EXISTS (SELECT 1 FROM item_states s WHERE s.job = j.number AND s.status = 'running') \
             ORDER BY number"
        )
    };
}

const LEFT_BEHIND: Twins = Twins {
    sqlite: left_behind!(now!(sqlite)),
    postgres: left_behind!(now!(postgres)),
};

const LEAVE: &str = "UPDATE item_states SET status = $2, look_at = $3, finished_at = $4 \
     WHERE job = $1 AND status = 'running'";

const RAISE_VERSION: &str = "UPDATE jobs SET version = version + 1, updated_at = $2 WHERE number = $1";

pub(super) async fn leave_cancelled(database: &Database, look_at: &LookAt) -> Result<u64> {
    let now = database.now().as_millis();
    let look_at = json(look_at)?;
    let jobs: Vec<i64> = database
        .pools
        .readers()
        .query(LEFT_BEHIND)
        .bind(database.lease_time())
        .values()
        .await?;
    let mut left = 0;
    for job in jobs {
        let mut transaction = database.pools.write().await?;
        // The row of the job first, as every write.
        transaction
            .query(RAISE_VERSION)
            .bind(job)
            .bind(now)
            .execute()
            .await?;
        let items = transaction
            .query(LEAVE)
            .bind(job)
            .bind(ItemStatus::Unconfirmed.name())
            .bind(&look_at)
            .bind(now)
            .execute()
            .await?;
        if items == 0 {
            // Another node was faster; the version has not risen either.
            continue;
        }
        let mut counts = Counts::default();
        counts.add(ItemStatus::Unconfirmed, items.cast_signed());
        counts.apply(&mut transaction, job).await?;
        transaction.commit().await?;
        left += items;
    }
    Ok(left)
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[LEAVE, RAISE_VERSION];

#[cfg(test)]
pub(super) const TWINS: &[Twins] = &[LEFT_BEHIND];

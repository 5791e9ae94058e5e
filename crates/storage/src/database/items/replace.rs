use domain::UserKey;

use crate::database::Database;
use crate::database::jobs::create::{insert, keep_to, keep_to_surely};
use crate::{Lease, NewItem, Quota, Result, StorageError};

const BEGIN_ANEW: &str = "UPDATE jobs SET version = version + 1, updated_at = $3, total = $4, progress = 0, \
     success_count = 0, failure_count = 0, skipped_count = 0, unconfirmed_count = 0 \
     WHERE id = $1 AND epoch = $2 AND status = 'planning' RETURNING number";
const DROP_PLANS: &str = "DELETE FROM item_plans WHERE job = $1";
const DROP_STATES: &str = "DELETE FROM item_states WHERE job = $1";
const DROP_ITEMS: &str = "DELETE FROM items WHERE job = $1";

pub(super) async fn replace_items(
    database: &Database,
    lease: &Lease,
    items: &[NewItem],
    quota: Option<(&UserKey, Quota)>,
) -> Result<()> {
    let mut transaction = database.pools.write().await?;
    let job: Option<i64> = transaction
        .query(BEGIN_ANEW)
        .bind(lease.job.to_string())
        .bind(lease.epoch)
        .bind(database.now().as_millis())
        .bind(i64::try_from(items.len()).unwrap_or(i64::MAX))
        .value()
        .await?;
    let job = job.ok_or(StorageError::LeaseLost(lease.job))?;
    // The job itself is allowed already.
    let quota = quota.map(|(owner, quota)| {
        let jobs = u64::MAX;
        (owner, Quota { jobs, ..quota })
    });
    if let Some((owner, quota)) = quota {
        keep_to(&mut transaction, owner, job, quota, items.len() as u64).await?;
    }
    for statement in [DROP_PLANS, DROP_STATES, DROP_ITEMS] {
        transaction.query(statement).bind(job).execute().await?;
    }
    insert(&mut transaction, job, items).await?;
    if let Some((owner, quota)) = quota {
        keep_to_surely(&mut transaction, owner, job, quota, items.len() as u64).await?;
    }
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[BEGIN_ANEW, DROP_PLANS, DROP_STATES, DROP_ITEMS];

use crate::database::Database;
use crate::{Lease, Result, StorageError};

const RECORD_PLANNED: &str =
    "UPDATE jobs SET confirmation = $3, planned_at = $4 WHERE id = $1 AND epoch = $2";

pub(super) async fn record_planned(
    database: &Database,
    lease: &Lease,
    confirmation: Option<&str>,
) -> Result<()> {
    let mut transaction = database.pools.write().await?;
    let touched = transaction
        .query(RECORD_PLANNED)
        .bind(lease.job.to_string())
        .bind(lease.epoch)
        .bind(confirmation)
        .bind(database.now().as_millis())
        .execute()
        .await?;
    if touched == 0 {
        return Err(StorageError::LeaseLost(lease.job));
    }
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[RECORD_PLANNED];

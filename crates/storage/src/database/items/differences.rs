use domain::{Change, ItemError, JobId};

use crate::database::Database;
use crate::database::failure::{json, optional_json};
use crate::{Result, StorageError};

const DATE: &str = "UPDATE jobs SET version = version + 1, updated_at = $2, verified_at = $2, \
     verify_error = NULL WHERE id = $1 RETURNING number";
const FAIL: &str = "UPDATE jobs SET version = version + 1, updated_at = $2, verify_error = $3 WHERE id = $1 \
     RETURNING number";
const SET: &str = "UPDATE item_states SET differences = $3 WHERE job = $1 AND idx = $2";

pub(super) async fn record_differences(
    database: &Database,
    job: JobId,
    found: &[(u32, Vec<Change>)],
) -> Result<()> {
    let mut transaction = database.pools.write().await?;
    let number: Option<i64> = transaction
        .query(DATE)
        .bind(job.to_string())
        .bind(database.now().as_millis())
        .value()
        .await?;
    let number = number.ok_or(StorageError::JobNotFound(job))?;
    for (index, differences) in found {
        transaction
            .query(SET)
            .bind(number)
            .bind(i64::from(*index))
            .bind(json(differences)?)
            .execute()
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}

pub(super) async fn record_verification_error(
    database: &Database,
    job: JobId,
    error: Option<&ItemError>,
) -> Result<()> {
    let mut transaction = database.pools.write().await?;
    let number: Option<i64> = transaction
        .query(FAIL)
        .bind(job.to_string())
        .bind(database.now().as_millis())
        .bind(optional_json(error)?)
        .value()
        .await?;
    number.ok_or(StorageError::JobNotFound(job))?;
    transaction.commit().await
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[DATE, FAIL, SET];

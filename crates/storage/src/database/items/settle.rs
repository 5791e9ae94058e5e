use domain::{ItemError, ItemStatus, JobId, JobStatus};

use crate::Result;
use crate::database::Database;
use crate::database::counts::Counts;
use crate::database::failure::json;
use crate::database::jobs;

const RAISE_VERSION: &str =
    "UPDATE jobs SET version = version + 1, updated_at = $2 WHERE id = $1 RETURNING number, status";

/// What a person settled needs no more looking at; an item that succeeded or is to be tried again
/// has no error either.
const SETTLE: &str = "UPDATE item_states SET status = $4, finished_at = $5, look_at = NULL, \
     error = CASE WHEN $6 THEN COALESCE(error, $7) END, \
     error_code = CASE WHEN $6 THEN COALESCE(error_code, $8) END \
     WHERE job = $1 AND idx = $2 AND status = $3";

pub(super) async fn settle_item(
    database: &Database,
    job: JobId,
    index: u32,
    status: ItemStatus,
    reopen: Option<&str>,
) -> Result<bool> {
    if !matches!(
        status,
        ItemStatus::Succeeded | ItemStatus::Failed | ItemStatus::Pending
    ) {
        return Ok(false);
    }
    let now = database.now().as_millis();
    let failed = ItemError {
        code: "SETTLED_AS_FAILED".to_owned(),
        message: "a person looked and settled it as failed".to_owned(),
        gitlab_status: None,
        details: None,
    };
    let mut transaction = database.pools.write().await?;
    let raised: Option<(i64, String)> = transaction
        .query(RAISE_VERSION)
        .bind(job.to_string())
        .bind(now)
        .optional()
        .await?;
    let Some((number, job_status)) = raised else {
        return Ok(false);
    };
    let settled = transaction
        .query(SETTLE)
        .bind(number)
        .bind(i64::from(index))
        .bind(ItemStatus::Unconfirmed.name())
        .bind(status.name())
        .bind(status.has_ended().then_some(now))
        .bind(status == ItemStatus::Failed)
        .bind(json(&failed)?)
        .bind(&failed.code)
        .execute()
        .await?;
    if settled == 0 {
        // The version has not risen either: the transaction ends here without a commit.
        return Ok(false);
    }
    let mut counts = Counts::default();
    counts.add(ItemStatus::Unconfirmed, -1);
    counts.add(status, 1);
    counts.apply(&mut transaction, number).await?;
    let is_at_rest = [JobStatus::Paused, JobStatus::Failed]
        .iter()
        .any(|rests| rests.name() == job_status);
    if let Some(reason) = reopen.filter(|_| !is_at_rest) {
        jobs::reopen(database, &mut transaction, job, reason).await?;
    }
    transaction.commit().await?;
    Ok(true)
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[RAISE_VERSION, SETTLE];

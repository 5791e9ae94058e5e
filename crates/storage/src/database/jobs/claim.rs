use domain::{IllegalJobTransition, Job, JobEvent, JobId, Origin};

use super::find;
use super::row::{JobRow, columns};
use crate::database::Database;
use crate::{Claimant, Lease, Need, Result, StorageError};

/// What both claims do to the row, with `$1` now, `$2` the claimant, `$3` the end of the lease.
macro_rules! claim {
    () => {
        "UPDATE jobs SET epoch = epoch + 1, lease_owner = $2, lease_until = $3, \
         version = version + 1, updated_at = $1, waiting_until = NULL, waiting_reason = NULL, \
         started_at = CASE status WHEN 'planning' THEN started_at ELSE COALESCE(started_at, $1) END, \
         status = CASE status WHEN 'planning' THEN status ELSE 'running' END "
    };
}

/// On PostgreSQL the inner SELECT takes the row with FOR UPDATE SKIP LOCKED, and `$1` is its own clock.
/// `$5` is the name of a [`Need`].
pub(in crate::database) const CLAIM_ANY: &str = concat!(
    claim!(),
    "WHERE number = (SELECT number FROM jobs \
     WHERE origin = $4 AND status IN ('planning', 'pending', 'running') \
     AND (lease_until IS NULL OR lease_until <= $1) \
     AND (status = 'planning') = ($5 = 'plan') \
     AND (status <> 'pending' OR (COALESCE(not_before, 0) <= $1 AND COALESCE(waiting_until, 0) <= $1)) \
     ORDER BY id LIMIT 1) RETURNING ",
    columns!()
);

const CLAIM_JOB: &str = concat!(
    claim!(),
    "WHERE id = $4 AND status IN ('planning', 'pending', 'running') RETURNING ",
    columns!()
);

pub(super) async fn claim_any(
    database: &Database,
    claimant: &Claimant,
    origin: Origin,
    need: Need,
) -> Result<Option<(Lease, Job)>> {
    claim(database, CLAIM_ANY, claimant, &[origin.name(), need.name()]).await
}

pub(super) async fn claim_job(database: &Database, claimant: &Claimant, id: JobId) -> Result<(Lease, Job)> {
    if let Some(claimed) = claim(database, CLAIM_JOB, claimant, &[&id.to_string()]).await? {
        return Ok(claimed);
    }
    let row = find::row(database.pools.readers(), id)
        .await?
        .ok_or(StorageError::JobNotFound(id))?;
    Err(StorageError::IllegalTransition(IllegalJobTransition {
        from: row.status()?,
        event: JobEvent::Claimed,
    }))
}

async fn claim(
    database: &Database,
    statement: &'static str,
    claimant: &Claimant,
    which: &[&str],
) -> Result<Option<(Lease, Job)>> {
    let now = database.now();
    let mut query = sqlx::query_as(statement)
        .bind(now.as_millis())
        .bind(&claimant.name)
        .bind(now.plus(claimant.lease).as_millis());
    for text in which {
        query = query.bind(*text);
    }
    let row: Option<JobRow> = query.fetch_optional(database.pools.writer()).await?;
    row.map(|row| {
        let epoch = row.epoch;
        let job = row.job()?;
        let lease = Lease {
            job: job.id,
            epoch,
            lasts: claimant.lease,
        };
        Ok((lease, job))
    })
    .transpose()
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[CLAIM_ANY, CLAIM_JOB];

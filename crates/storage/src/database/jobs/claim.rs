use domain::{IllegalJobTransition, Job, JobEvent, JobId, Origin};

use super::find;
use super::row::{JobRow, columns};
use crate::database::Database;
use crate::database::lease_clock::{millis, now};
use crate::database::sql::Twins;
use crate::{Claimant, Lease, Need, Result, StorageError};

/// What both claims do to the row, with `$1` now, `$2` the claimant, `$3` how long the lease lasts.
macro_rules! claim {
    ($now:expr) => {
        concat!(
            "UPDATE jobs SET epoch = epoch + 1, lease_owner = $2, lease_until = ",
            $now,
            " + $3, version = version + 1, updated_at = ",
            $now,
            ", waiting_until = NULL, waiting_reason = NULL, \
             started_at = CASE status WHEN 'planning' THEN started_at ELSE COALESCE(started_at, ",
            $now,
            ") END, status = CASE status WHEN 'planning' THEN status ELSE 'running' END "
        )
    };
}

/// `$5` is the name of a [`Need`]. `$lock` keeps two nodes from waiting for each other on the oldest job: each goes on to one that nobody is at.
macro_rules! claim_any {
    ($now:expr, $lock:literal) => {
        concat!(
            claim!($now),
            "WHERE number = (SELECT number FROM jobs \
             WHERE origin = $4 AND status IN ('planning', 'pending', 'running') AND (lease_until IS NULL OR lease_until <= ",
            $now,
            ") AND (status = 'planning') = ($5 = 'plan') \
             AND (status <> 'pending' OR (COALESCE(not_before, 0) <= ",
            $now,
            " AND COALESCE(waiting_until, 0) <= ",
            $now,
            ")) ORDER BY id LIMIT 1",
            $lock,
            ") RETURNING ",
            columns!()
        )
    };
}

macro_rules! claim_job {
    ($now:expr) => {
        concat!(
            claim!($now),
            "WHERE id = $4 AND status IN ('planning', 'pending', 'running') RETURNING ",
            columns!()
        )
    };
}

pub(in crate::database) const CLAIM_ANY: Twins = Twins {
    sqlite: claim_any!(now!(sqlite), ""),
    postgres: claim_any!(now!(postgres), " FOR UPDATE SKIP LOCKED"),
};

const CLAIM_JOB: Twins = Twins {
    sqlite: claim_job!(now!(sqlite)),
    postgres: claim_job!(now!(postgres)),
};

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
    statement: Twins,
    claimant: &Claimant,
    which: &[&str],
) -> Result<Option<(Lease, Job)>> {
    let mut query = database
        .pools
        .writer()
        .query(statement)
        .bind(database.lease_time())
        .bind(&claimant.name)
        .bind(millis(claimant.lease));
    for text in which {
        query = query.bind(*text);
    }
    let row: Option<JobRow> = query.optional().await?;
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
pub(super) const TWINS: &[Twins] = &[CLAIM_ANY, CLAIM_JOB];

use domain::{Job, JobStatus, Timestamp};

use super::row::{JobRow, columns};
use crate::database::Database;
use crate::database::failure::Cell;
use crate::database::lease_clock::{millis, now};
use crate::database::sql::Twins;
use crate::{Lease, Result, StorageError};

/// A lease that was given up stays so: a renewal that comes late must not bring it back.
macro_rules! renew {
    ($now:expr) => {
        concat!(
            "UPDATE jobs SET lease_until = CASE WHEN lease_until IS NULL THEN NULL ELSE ",
            $now,
            " + $2 END WHERE id = $3 AND epoch = $4 RETURNING status"
        )
    };
}

const RENEW: Twins = Twins {
    sqlite: renew!(now!(sqlite)),
    postgres: renew!(now!(postgres)),
};

const RELEASE: &str = "UPDATE jobs SET lease_owner = NULL, lease_until = NULL WHERE id = $1 AND epoch = $2";

const SET_WAITING: &str = concat!(
    "UPDATE jobs SET waiting_until = CASE status WHEN 'paused' THEN waiting_until ELSE $3 END, \
     waiting_reason = CASE status WHEN 'paused' THEN waiting_reason ELSE $4 END, \
     version = version + 1, updated_at = $5 WHERE id = $1 AND epoch = $2 AND lease_owner IS NOT NULL RETURNING ",
    columns!()
);

pub(super) async fn renew(database: &Database, lease: &Lease) -> Result<JobStatus> {
    let status: Option<String> = database
        .pools
        .writer()
        .query(RENEW)
        .bind(database.lease_time())
        .bind(millis(lease.lasts))
        .bind(lease.job.to_string())
        .bind(lease.epoch)
        .value()
        .await?;
    let status = status.ok_or(StorageError::LeaseLost(lease.job))?;
    let cell = Cell {
        table: "jobs",
        column: "status",
        row: &lease.job,
    };
    cell.known(JobStatus::from_name(&status))
}

pub(super) async fn release(database: &Database, lease: &Lease) -> Result<()> {
    database
        .pools
        .writer()
        .query(RELEASE)
        .bind(lease.job.to_string())
        .bind(lease.epoch)
        .execute()
        .await?;
    Ok(())
}

pub(super) async fn set_waiting(
    database: &Database,
    lease: &Lease,
    waiting: Option<(Timestamp, &str)>,
) -> Result<Job> {
    let row: Option<JobRow> = database
        .pools
        .writer()
        .query(SET_WAITING)
        .bind(lease.job.to_string())
        .bind(lease.epoch)
        .bind(waiting.map(|(until, _)| until.as_millis()))
        .bind(waiting.map(|(_, reason)| reason))
        .bind(database.now().as_millis())
        .optional()
        .await?;
    row.ok_or(StorageError::LeaseLost(lease.job))?.job()
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[RELEASE, SET_WAITING];

#[cfg(test)]
pub(super) const TWINS: &[Twins] = &[RENEW];

use domain::JobId;

use super::row::{JobRow, columns};
use crate::database::sql::On;
use crate::{JobRecord, Result};

const JOB: &str = concat!("SELECT ", columns!(), " FROM jobs WHERE id = $1");

pub(super) async fn job(on: On<'_>, id: JobId) -> Result<Option<JobRecord>> {
    row(on, id).await?.map(JobRow::record).transpose()
}

pub(super) async fn row(on: On<'_>, id: JobId) -> Result<Option<JobRow>> {
    on.query(JOB).bind(id.to_string()).optional().await
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[JOB];

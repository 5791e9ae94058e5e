use domain::JobId;
use sqlx::{Executor, Sqlite};

use super::row::{JobRow, columns};
use crate::{JobRecord, Result};

const JOB: &str = concat!("SELECT ", columns!(), " FROM jobs WHERE id = $1");

pub(super) async fn job(
    executor: impl Executor<'_, Database = Sqlite>,
    id: JobId,
) -> Result<Option<JobRecord>> {
    row(executor, id).await?.map(JobRow::record).transpose()
}

pub(super) async fn row(executor: impl Executor<'_, Database = Sqlite>, id: JobId) -> Result<Option<JobRow>> {
    Ok(sqlx::query_as(JOB)
        .bind(id.to_string())
        .fetch_optional(executor)
        .await?)
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[JOB];

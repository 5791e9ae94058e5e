use async_trait::async_trait;
use domain::JobId;

use super::Database;
use crate::{Credentials, Result, StorageError};

const PUT: &str = "INSERT INTO job_credentials (job, sealed) SELECT number, $2 FROM jobs WHERE id = $1 \
     ON CONFLICT (job) DO UPDATE SET sealed = excluded.sealed";
const FIND: &str = "SELECT sealed FROM job_credentials WHERE job = (SELECT number FROM jobs WHERE id = $1)";
const ERASE: &str = "DELETE FROM job_credentials WHERE job = (SELECT number FROM jobs WHERE id = $1)";
const ERASE_ENDED: &str = "DELETE FROM job_credentials WHERE job IN \
     (SELECT number FROM jobs WHERE status IN ('completed', 'failed', 'cancelled'))";

#[async_trait]
impl Credentials for Database {
    async fn put_credential(&self, job: JobId, sealed: &[u8]) -> Result<()> {
        let put = sqlx::query(PUT)
            .bind(job.to_string())
            .bind(sealed)
            .execute(self.pools.writer())
            .await?;
        if put.rows_affected() == 0 {
            return Err(StorageError::JobNotFound(job));
        }
        Ok(())
    }

    async fn credential(&self, job: JobId) -> Result<Option<Vec<u8>>> {
        Ok(sqlx::query_scalar(FIND)
            .bind(job.to_string())
            .fetch_optional(self.pools.readers())
            .await?)
    }

    async fn erase_credential(&self, job: JobId) -> Result<()> {
        sqlx::query(ERASE)
            .bind(job.to_string())
            .execute(self.pools.writer())
            .await?;
        Ok(())
    }

    async fn erase_ended_credentials(&self) -> Result<u64> {
        let erased = sqlx::query(ERASE_ENDED).execute(self.pools.writer()).await?;
        Ok(erased.rows_affected())
    }
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[PUT, FIND, ERASE, ERASE_ENDED];

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
        let put = self
            .pools
            .writer()
            .query(PUT)
            .bind(job.to_string())
            .bind(sealed)
            .execute()
            .await?;
        if put == 0 {
            return Err(StorageError::JobNotFound(job));
        }
        Ok(())
    }

    async fn credential(&self, job: JobId) -> Result<Option<Vec<u8>>> {
        Ok(self
            .pools
            .readers()
            .query(FIND)
            .bind(job.to_string())
            .value()
            .await?)
    }

    async fn erase_credential(&self, job: JobId) -> Result<()> {
        self.pools
            .writer()
            .query(ERASE)
            .bind(job.to_string())
            .execute()
            .await?;
        Ok(())
    }

    async fn erase_ended_credentials(&self) -> Result<u64> {
        let erased = self.pools.writer().query(ERASE_ENDED).execute().await?;
        Ok(erased)
    }
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[PUT, FIND, ERASE, ERASE_ENDED];

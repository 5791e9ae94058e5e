use async_trait::async_trait;
use domain::{InstanceUrl, JobId};

use super::Database;
use super::failure::Cell;
use crate::{Credentials, Result, StorageError};

const PUT: &str = "INSERT INTO job_credentials (job, sealed) SELECT number, $2 FROM jobs WHERE id = $1 \
     ON CONFLICT (job) DO UPDATE SET sealed = excluded.sealed";
const FIND: &str = "SELECT sealed FROM job_credentials WHERE job = (SELECT number FROM jobs WHERE id = $1)";
const ERASE: &str = "DELETE FROM job_credentials WHERE job = (SELECT number FROM jobs WHERE id = $1)";
const ENDED: &str = "SELECT jobs.id, jobs.instance FROM job_credentials JOIN jobs ON jobs.number = job_credentials.job \
     WHERE jobs.status IN ('completed', 'failed', 'cancelled') ORDER BY jobs.number LIMIT $1";

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

    async fn ended_with_credentials(&self, most: u32) -> Result<Vec<(JobId, InstanceUrl)>> {
        let rows: Vec<(String, String)> = self
            .pools
            .readers()
            .query(ENDED)
            .bind(i64::from(most))
            .all()
            .await?;
        let read = |(id, instance): (String, String)| {
            let cell = |column| Cell {
                table: "jobs",
                column,
                row: &id,
            };
            let job = cell("id").known(id.parse().ok())?;
            Ok((job, cell("instance").known(instance.parse().ok())?))
        };
        rows.into_iter().map(read).collect()
    }
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[PUT, FIND, ERASE, ENDED];

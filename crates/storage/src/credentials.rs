use async_trait::async_trait;
use domain::{InstanceUrl, JobId};

use crate::Result;

/// Sealed credentials of jobs that run without their owner's session at hand.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// Stores the sealed credential of a job, replacing an older one.
    async fn put_credential(&self, job: JobId, sealed: &[u8]) -> Result<()>;

    /// The sealed credential of a job.
    async fn credential(&self, job: JobId) -> Result<Option<Vec<u8>>>;

    /// Erases it; nothing happens when there is none.
    async fn erase_credential(&self, job: JobId) -> Result<()>;

    /// Jobs that have ended and still have one, at most `most`, and whose they are.
    async fn ended_with_credentials(&self, most: u32) -> Result<Vec<(JobId, InstanceUrl)>>;
}

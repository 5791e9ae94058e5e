use std::sync::Arc;

use domain::JobId;
use engine::vault::{Purpose, Vault};
use gitlab_client::Token;
use storage::Storage;
use zeroize::Zeroizing;

use crate::auth::StoredToken;
use crate::error::{ApiError, Result};

/// The credentials of jobs, sealed in the database and bound to their job, so that a job goes on when its
/// owner has closed the browser or the server was started anew.
#[derive(Clone, Debug)]
pub(crate) struct JobCredentials {
    storage: Arc<dyn Storage>,
    vault: Vault,
}

impl JobCredentials {
    pub(crate) fn new(storage: Arc<dyn Storage>, vault: Vault) -> Self {
        Self { storage, vault }
    }

    /// Keeps the token that the job is to use from now on.
    pub(crate) async fn keep(&self, job: JobId, token: &Token) -> Result<()> {
        let plain = serde_json::to_vec(&StoredToken::from(token)).map_err(ApiError::internal)?;
        let plain = Zeroizing::new(plain);
        let sealed = self.vault.seal(Purpose::JobCredential, job.0.as_bytes(), &plain);
        Ok(self.storage.put_credential(job, &sealed).await?)
    }

    /// The token of a job; `None` when there is none, or none that can be opened any more.
    pub(crate) async fn open(&self, job: JobId) -> Result<Option<Token>> {
        let Some(sealed) = self.storage.credential(job).await? else {
            return Ok(None);
        };
        let Ok(plain) = self.vault.open(Purpose::JobCredential, job.0.as_bytes(), &sealed) else {
            tracing::warn!(%job, "The credential of a job cannot be opened; SESSION_SECRET has changed");
            return Ok(None);
        };
        let stored: StoredToken<'_> = serde_json::from_slice(&plain).map_err(ApiError::internal)?;
        stored.read().map(Some).map_err(ApiError::internal)
    }

    /// Erases that of one job, which has ended.
    pub(crate) async fn erase(&self, job: JobId) -> Result<()> {
        Ok(self.storage.erase_credential(job).await?)
    }

    /// Erases those of all jobs that have ended.
    pub(crate) async fn erase_ended(&self) -> Result<u64> {
        Ok(self.storage.erase_ended_credentials().await?)
    }
}

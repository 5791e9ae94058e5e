use std::sync::Arc;

use domain::{InstanceUrl, JobId};
use engine::vault::{Purpose, Vault};
use storage::{GrantHolder, Storage};
use zeroize::Zeroizing;

use crate::auth::{Credential, GrantStore, StoredCredential};
use crate::error::{ApiError, Result};

/// Credentials that are erased in one go.
const ERASED_AT_ONCE: u32 = 200;

/// The credentials of jobs, sealed in the database and bound to their job, so that a job goes on when its
/// owner has closed the browser or the server was started anew.
#[derive(Clone, Debug)]
pub(crate) struct JobCredentials {
    storage: Arc<dyn Storage>,
    vault: Vault,
    grants: GrantStore,
}

impl JobCredentials {
    pub(crate) fn new(storage: Arc<dyn Storage>, vault: Vault, grants: GrantStore) -> Self {
        Self {
            storage,
            vault,
            grants,
        }
    }

    /// Keeps the credential that the job is to use from now on.
    pub(crate) async fn keep(&self, job: JobId, credential: &Credential) -> Result<()> {
        let plain = serde_json::to_vec(&StoredCredential::from(credential)).map_err(ApiError::internal)?;
        let plain = Zeroizing::new(plain);
        let sealed = self.vault.seal(Purpose::JobCredential, job.0.as_bytes(), &plain);
        self.storage.put_credential(job, &sealed).await?;
        if let Credential::Grant(key) = credential {
            self.grants.hold(key, GrantHolder::Job(job)).await?;
        }
        Ok(())
    }

    /// The credential of a job; `None` when there is none, or none that can be opened any more.
    pub(crate) async fn open(&self, job: JobId) -> Result<Option<Credential>> {
        let Some(sealed) = self.storage.credential(job).await? else {
            return Ok(None);
        };
        let Ok(plain) = self.vault.open(Purpose::JobCredential, job.0.as_bytes(), &sealed) else {
            tracing::warn!(%job, "The credential of a job cannot be opened; SESSION_SECRET has changed");
            return Ok(None);
        };
        let stored: StoredCredential<'_> = serde_json::from_slice(&plain).map_err(ApiError::internal)?;
        stored.read().map(Some).map_err(ApiError::internal)
    }

    /// Erases that of one job, which has ended. A grant that nobody else holds is revoked.
    pub(crate) async fn erase(&self, job: JobId, instance: &InstanceUrl) -> Result<()> {
        let credential = self.open(job).await.ok().flatten();
        self.storage.erase_credential(job).await?;
        if let Some(Credential::Grant(key)) = credential {
            self.grants.let_go(instance, &key).await?;
        }
        Ok(())
    }

    /// Erases those of all jobs that have ended while nobody looked. Grants that nobody else holds are revoked.
    pub(crate) async fn erase_ended(&self) -> Result<()> {
        loop {
            let ended = self.storage.ended_with_credentials(ERASED_AT_ONCE).await?;
            for (job, instance) in &ended {
                self.erase(*job, instance).await?;
            }
            if ended.len() < ERASED_AT_ONCE as usize {
                return Ok(());
            }
        }
    }
}

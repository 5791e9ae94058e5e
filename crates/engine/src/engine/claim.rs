//! Taking jobs, and keeping them while they are worked on.

use std::sync::Arc;

use domain::{Job, JobId, JobStatus, Origin};
use storage::{Claimant, Lease, Need, StorageError};
use tokio_util::task::AbortOnDropHandle;

use super::waits::Waits;
use super::{Actor, Engine, JobError};

impl Engine {
    /// Takes the oldest job of this origin that has this need. `None` when there is none.
    ///
    /// # Errors
    /// The database failed.
    pub async fn claim_any(&self, origin: Origin, need: Need) -> Result<Option<(Lease, Job)>, JobError> {
        Ok(self
            .inner
            .parts
            .storage
            .claim_any(&self.claimant(), origin, need)
            .await?)
    }

    /// Takes this very job, even from a runner that is known to be dead.
    ///
    /// # Errors
    /// `NotFound`; `NotPossible` when its status does not allow it.
    pub async fn claim_job(&self, id: JobId, actor: &Actor) -> Result<(Lease, Job), JobError> {
        self.job(id, actor).await?;
        Ok(self.inner.parts.storage.claim_job(&self.claimant(), id).await?)
    }

    pub(super) fn claimant(&self) -> Claimant {
        Claimant {
            name: self.inner.parts.name.clone(),
            lease: self.inner.parts.lease,
        }
    }

    /// Renews the lease while something is looked up for the job, which may take minutes under a small budget, and says
    /// on the job what it waits for meanwhile. `None` if somebody has stopped the job, or has taken it over: the work is
    /// given up.
    pub(super) async fn while_it_is_ours<T>(
        &self,
        lease: &Lease,
        waits: &Waits,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let (storage, clock) = (Arc::clone(&self.inner.parts.storage), Arc::clone(self.clock()));
        let bell = self.running().get(&lease.job).map(Arc::clone).unwrap_or_default();
        let lease = lease.clone();
        let saying = waits.say_while();
        // As a task of its own: a plan that is long in the making does not keep it from being renewed.
        let moved = AbortOnDropHandle::new(tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = clock.sleep(lease.lasts / 3) => {}
                    () = bell.notified() => {}
                }
                match storage.renew(&lease).await {
                    Ok(JobStatus::Cancelled | JobStatus::Paused) | Err(StorageError::LeaseLost(_)) => return,
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(job = %lease.job, %error, "the lease could not be renewed while planning");
                    }
                }
            }
        }));
        let done = tokio::select! {
            biased;
            done = work => Some(done),
            _ = moved => None,
        };
        saying.end().await;
        done
    }
}

//! GitLab's limits by the hour and the day, remembered for longer than a process lives.
//!
//! GitLab counts creations of groups and projects by the day and tells nothing of it until it refuses one. What a job
//! has learned is kept in the database, so that a restart, another node or the next command does not have to be refused
//! again.

use std::sync::Arc;
use std::time::Duration;

use domain::{Clock, UserKey};
use gitlab_client::{EndpointClass, Gitlab, LongLimit};
use storage::{QuotaRecord, Storage, StorageError};
use tokio_util::task::AbortOnDropHandle;

use crate::runner::Run;

/// How often it is written down while a job runs. A refusal ends the run, or is written down with it.
const KEPT_EVERY: Duration = Duration::from_secs(10);

/// The limits of the user of a run.
#[derive(Clone)]
pub(crate) struct LongLimits {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    gitlab: Gitlab,
    user: UserKey,
}

impl LongLimits {
    /// Those of the job's user.
    pub(crate) fn of(run: &Run) -> Self {
        Self {
            storage: Arc::clone(&run.storage),
            clock: Arc::clone(&run.clock),
            gitlab: run.gitlab.clone(),
            user: run.job.owner(),
        }
    }

    /// Takes in what was written down before.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn recall(&self) -> Result<(), StorageError> {
        let known: Vec<LongLimit> = self
            .storage
            .quotas(&self.user)
            .await?
            .iter()
            .filter_map(read)
            .collect();
        self.gitlab.heed(&known);
        Ok(())
    }

    /// Writes down what is learned while something is done, and what is known when it is done.
    pub(crate) async fn kept_while<T>(&self, work: impl Future<Output = T>) -> T {
        let keeping = AbortOnDropHandle::new(tokio::spawn({
            let this = self.clone();
            async move {
                loop {
                    this.clock.sleep(KEPT_EVERY).await;
                    this.keep().await;
                }
            }
        }));
        let done = work.await;
        drop(keeping);
        self.keep().await;
        done
    }

    /// Nothing is lost for good where it cannot be written: the next refusal teaches it again.
    async fn keep(&self) {
        let written = async {
            self.recall().await?;
            let known: Vec<QuotaRecord> = self.gitlab.long_limits().iter().map(written).collect();
            self.storage.put_quotas(&self.user, &known).await
        };
        if let Err(error) = written.await {
            tracing::warn!(%error, "what is known of GitLab's limits could not be written down");
        }
    }
}

/// `None` for an endpoint that this version does not know.
fn read(stored: &QuotaRecord) -> Option<LongLimit> {
    Some(LongLimit {
        endpoint: EndpointClass::from_name(&stored.endpoint)?,
        opened: stored.opened_at,
        length: stored.length,
        passed: stored.passed,
        limit: stored.most,
        measured: stored.measured,
        refused: stored.refused,
        shut_until: stored.shut_until,
    })
}

fn written(limit: &LongLimit) -> QuotaRecord {
    QuotaRecord {
        endpoint: limit.endpoint.name().to_owned(),
        opened_at: limit.opened,
        length: limit.length,
        passed: limit.passed,
        most: limit.limit,
        measured: limit.measured,
        refused: limit.refused,
        shut_until: limit.shut_until,
    }
}

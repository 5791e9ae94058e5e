//! Jobs that this node compares with GitLab just now.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use domain::JobId;

/// Which they are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verifications(Arc<Mutex<HashSet<JobId>>>);

/// Until it is dropped, nobody here begins to compare the same job a second time.
#[derive(Debug)]
pub(crate) struct Verification {
    all: Verifications,
    job: JobId,
}

impl Verifications {
    /// Begins with a job; `None` when it is being compared already. Whoever waits for a comparison may so ask for it
    /// again as often as they like, and should: a server that was killed has forgotten it.
    pub(crate) fn begin(&self, job: JobId) -> Option<Verification> {
        let new = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(job);
        new.then(|| Verification {
            all: self.clone(),
            job,
        })
    }
}

impl Drop for Verification {
    fn drop(&mut self) {
        let mut jobs = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.remove(&self.job);
    }
}

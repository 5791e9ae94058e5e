use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::JobId;

/// More jobs than anybody follows at one time.
const MOST_JOBS: usize = 10_000;

/// The newest state of each job that was told here. What two nodes tell of one job may arrive in any order, and
/// progress must not go back.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    told: Arc<Mutex<HashMap<JobId, u64>>>,
}

impl Order {
    /// Notes this state; false when a newer one has been told.
    pub(super) fn is_news(&self, job: JobId, version: u64) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() >= MOST_JOBS && !told.contains_key(&job) {
            // Whoever is told something old once reads a newer version with the next event.
            told.clear();
        }
        let newest = told.entry(job).or_default();
        let is_news = version >= *newest;
        *newest = version.max(*newest);
        is_news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_never_goes_back() {
        let (order, job) = (Order::default(), JobId(uuid::Uuid::nil()));
        assert!(order.is_news(job, 3));
        assert!(!order.is_news(job, 2));
        assert!(order.is_news(job, 3), "another event about the same state");
        assert!(order.is_news(job, 4));
    }
}

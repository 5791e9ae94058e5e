//! GitLab is away: reads that may take their time wait until it is back.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::Timestamp;

/// How long the reads of a session wait for a GitLab that is away, and until when they do at this moment.
#[derive(Debug)]
pub(crate) struct Outage {
    /// A read that was not answered for longer is given up.
    pub(crate) borne_for: Duration,
    asked_again: Mutex<Option<Timestamp>>,
}

impl Outage {
    pub(crate) fn borne_for(most: Duration) -> Self {
        Self {
            borne_for: most,
            asked_again: Mutex::default(),
        }
    }

    /// GitLab is away, and is asked again then.
    pub(crate) fn wait_until(&self, at: Timestamp) {
        self.set(Some(at));
    }

    /// GitLab has answered.
    pub(crate) fn is_over(&self) {
        self.set(None);
    }

    pub(crate) fn asked_again(&self) -> Option<Timestamp> {
        *self.asked_again.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, at: Option<Timestamp>) {
        *self.asked_again.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }
}

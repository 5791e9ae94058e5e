//! How many items wait for their budget at a time.

use std::time::Duration;

/// Few, so that which parent goes next is decided late: an item in the queue keeps a place of its parent
/// (`GITLAB_PARENT_CONCURRENCY`) without using it. More than one, so that the budget always finds somebody waiting.
const FEWEST: u32 = 2;

/// At most so many to a request in flight. What is handed in while one transaction is flushed to disk goes with the
/// next: where GitLab answers within a fraction of a flush, only many at a time keep every place in use.
const MOST: u32 = 10;

/// What has waited no longer than this has come too late: the place it took may have been empty before.
const LATE: Duration = Duration::from_micros(100);
/// What has waited so long has come too early.
const EARLY: Duration = Duration::from_millis(5);

/// Where nothing but places is waited for, so many items get their intents on disk meanwhile that no place stands
/// empty. How many that takes depends on disk and distance, so it is found out: whenever an item finds a place at
/// once there is to be one more, and after four that had to wait for long one less.
#[derive(Debug)]
pub(super) struct Ahead {
    quarters: u32,
    most: u32,
}

impl Ahead {
    /// For so many requests in flight.
    pub(super) fn new(concurrency: u32) -> Self {
        Self {
            quarters: 4 * FEWEST,
            most: concurrency.saturating_mul(MOST).max(FEWEST),
        }
    }

    /// How many items may wait; `flows` when they wait for places only.
    pub(super) fn most(&self, flows: bool) -> u32 {
        if flows { self.quarters / 4 } else { FEWEST }
    }

    /// An item has its budget, so long after its intent was on disk.
    pub(super) fn admitted(&mut self, ready_for: Duration) {
        if ready_for <= LATE {
            self.quarters = (self.quarters + 4).min(self.most.saturating_mul(4));
        } else if ready_for >= EARLY {
            self.quarters = (self.quarters - 1).max(4 * FEWEST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_finds_empty_places_gets_company_and_long_queues_grow_shorter_slowly() {
        let mut ahead = Ahead::new(10);
        assert_eq!((ahead.most(true), ahead.most(false)), (2, 2));
        (0..130).for_each(|_| ahead.admitted(Duration::ZERO));
        assert_eq!((ahead.most(true), ahead.most(false)), (100, 2));
        (0..40).for_each(|_| ahead.admitted(Duration::from_millis(50)));
        assert_eq!(ahead.most(true), 90);
        ahead.admitted(Duration::from_millis(1));
        assert_eq!(ahead.most(true), 90, "just in time");
        (0..400).for_each(|_| ahead.admitted(Duration::from_millis(50)));
        assert_eq!(ahead.most(true), 2);
    }
}

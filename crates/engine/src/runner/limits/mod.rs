//! What a person set as limits of a job: a first few to look at, batches with rests, failures.
//!
//! Everything here follows from how the items stand in the database and when a person last said go on, so a
//! restart in any moment changes nothing: a canary that was looked at is not looked at again, a rest that was
//! begun is kept to its end.

mod failures;
mod waves;

use std::collections::HashSet;

use domain::{ItemStatus, JobOptions, Timestamp};

use failures::Failures;
pub(super) use waves::Barrier;
use waves::Waves;

/// An item that has ended, and was sent at least once. What was decided without GitLab (skipped by the plan,
/// given up because of what it needs) counts nowhere here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Past {
    pub(super) status: ItemStatus,
    pub(super) at: Timestamp,
}

/// Keeps to a job's limits.
#[derive(Debug)]
pub(super) struct Limits {
    waves: Waves,
    failures: Failures,
    /// Items that were begun and have neither ended nor been put back whole.
    begun: HashSet<u32>,
}

impl Limits {
    /// Limits of a job of which these items have ended (in any order) and these are half done.
    pub(super) fn new(
        options: &JobOptions,
        mut history: Vec<Past>,
        resumed_at: Option<Timestamp>,
        begun: HashSet<u32>,
    ) -> Self {
        history.sort_unstable_by_key(|past| past.at);
        let looked_at = resumed_at.map_or(0, |resumed| history.partition_point(|past| past.at <= resumed));
        Self {
            waves: Waves::new(options, &history, looked_at),
            failures: Failures::new(options, &history[looked_at..]),
            begun,
        }
    }

    /// Whether the item may begin, or go on, now. If so it counts as begun.
    pub(super) fn begin(&mut self, item: u32) -> bool {
        let may = self.begun.contains(&item) || self.waves.room() > self.begun.len();
        if may {
            self.begun.insert(item);
        }
        may
    }

    /// Nothing of the item has been done; another one may go first.
    pub(super) fn put_back(&mut self, item: u32) {
        self.begun.remove(&item);
    }

    /// The item has ended. Returns why the job is to pause, if it is.
    pub(super) fn ended(&mut self, item: u32, past: Option<Past>) -> Option<String> {
        self.begun.remove(&item);
        let past = past?;
        self.waves.ended(past);
        self.failures.ended(past)
    }

    /// What is in the way when no item is under way any more.
    pub(super) fn barrier(&self, now: Timestamp) -> Option<Barrier> {
        if self.begun.is_empty() {
            self.waves.barrier(now)
        } else {
            None
        }
    }

    /// A rest is over.
    pub(super) fn pass(&mut self, now: Timestamp) {
        self.waves.pass(now);
    }
}

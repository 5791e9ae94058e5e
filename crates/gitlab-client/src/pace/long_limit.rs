use std::time::Duration;

use domain::Timestamp;

use super::EndpointClass;

/// What a user's requests have learned of an endpoint that GitLab counts by the hour or by the day. GitLab tells nothing
/// of it until it refuses, so it is worth remembering longer than a process lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LongLimit {
    /// The endpoint.
    pub endpoint: EndpointClass,
    /// When the present window began.
    pub opened: Timestamp,
    /// How long a window lasts.
    pub length: Duration,
    /// Requests let through in it.
    pub passed: u32,
    /// How many GitLab lets through, once it has refused one.
    pub limit: Option<u32>,
    /// In how many windows GitLab has refused something.
    pub measured: u32,
    /// Whether it has in this one.
    pub refused: bool,
    /// Until when GitLab wants to be left alone; in the past when it does not.
    pub shut_until: Timestamp,
}

/// The same moment on both clocks: those of two processes have the second in common only.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// Nanoseconds.
    monotonic: u64,
    timestamp: Timestamp,
}

const MILLISECOND: i64 = 1_000_000;

impl Moment {
    pub(crate) fn new(monotonic: u64, timestamp: Timestamp) -> Self {
        Self { monotonic, timestamp }
    }

    /// What `monotonic` nanoseconds are for people, to the millisecond.
    pub(crate) fn timestamp(self, monotonic: i64) -> Timestamp {
        let after = monotonic
            .saturating_sub(self.monotonic.cast_signed())
            .div_euclid(MILLISECOND);
        Timestamp::from_millis(self.timestamp.as_millis().saturating_add(after))
    }

    /// In nanoseconds; negative before this clock began.
    pub(crate) fn monotonic(self, timestamp: Timestamp) -> i64 {
        let after = timestamp.as_millis().saturating_sub(self.timestamp.as_millis());
        self.monotonic
            .cast_signed()
            .saturating_add(after.saturating_mul(MILLISECOND))
    }
}

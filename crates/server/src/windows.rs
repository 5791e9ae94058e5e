use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::Clock;

use crate::settings::InboundLimit;

/// So many callers are remembered at most; beyond that, all begin anew.
const MOST_KEYS: usize = 100_000;

/// Counts requests per caller in fixed windows. In this process only; [`crate::limits::Limit`] counts in all of them.
#[derive(Debug)]
pub(crate) struct Windows<K> {
    limit: InboundLimit,
    clock: Arc<dyn Clock>,
    counts: Mutex<HashMap<K, Count>>,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    since: Duration,
    used: u32,
}

/// Where a caller stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Whether this request still is within the limit.
    pub(crate) within: bool,
    /// Requests in a window.
    pub(crate) limit: u32,
    /// What is left of them.
    pub(crate) remaining: u32,
    /// When the window ends, from now.
    pub(crate) reset: Duration,
}

impl<K: Eq + Hash> Windows<K> {
    pub(crate) fn new(limit: InboundLimit, clock: Arc<dyn Clock>) -> Self {
        Self {
            limit,
            clock,
            counts: Mutex::default(),
        }
    }

    /// When `key` may come again, if it may not now. Counts nothing.
    pub(crate) fn exhausted(&self, key: &K) -> Option<Duration> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.get(key)?;
        let left = (count.since + self.limit.window).saturating_sub(self.clock.monotonic());
        (count.used >= self.limit.requests && !left.is_zero()).then_some(left)
    }

    /// Counts one request of `key`. One that is beyond the limit is not counted.
    pub(crate) fn take(&self, key: K) -> Standing {
        let now = self.clock.monotonic();
        let InboundLimit {
            window,
            requests: limit,
        } = self.limit;
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST_KEYS {
            counts.retain(|_, count| now.saturating_sub(count.since) < window);
            if counts.len() >= MOST_KEYS {
                counts.clear();
            }
        }
        let count = counts.entry(key).or_insert(Count { since: now, used: 0 });
        if now.saturating_sub(count.since) >= window {
            *count = Count { since: now, used: 0 };
        }
        let within = count.used < limit;
        count.used += u32::from(within);
        Standing {
            within,
            limit,
            remaining: limit - count.used,
            reset: (count.since + window).saturating_sub(now),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{ManualClock, Timestamp};

    use super::*;

    #[test]
    fn a_window_begins_anew_when_it_is_over() {
        let clock = Arc::new(ManualClock::at(Timestamp::from_millis(0)));
        let limit = InboundLimit {
            window: Duration::from_mins(1),
            requests: 2,
        };
        let windows = Windows::new(limit, Arc::<ManualClock>::clone(&clock) as Arc<dyn Clock>);
        let taken = |key| windows.take(key).within;
        assert_eq!(
            [taken("a"), taken("a"), taken("a"), taken("b")],
            [true, true, false, true]
        );
        clock.advance(Duration::from_secs(59));
        assert_eq!(
            windows.take("a"),
            Standing {
                within: false,
                limit: 2,
                remaining: 0,
                reset: Duration::from_secs(1)
            }
        );
        let wait = windows.exhausted(&"a");
        assert_eq!(
            (wait, windows.exhausted(&"b")),
            (Some(Duration::from_secs(1)), None)
        );
        clock.advance(Duration::from_secs(1));
        assert_eq!(windows.exhausted(&"a"), None);
        assert!(taken("a"));
    }
}

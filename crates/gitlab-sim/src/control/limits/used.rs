//! What is limited and how much of it was used.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use hyper::header::HeaderName;

use super::set::SetLimits;
use super::{Area, EndpointLimit, Who};
use crate::options::RateLimit;
use crate::time_text::Moment;

#[derive(Debug, Default)]
pub(super) struct Inner {
    pub(super) rate: Option<RateLimit>,
    pub(super) per_second: Option<u32>,
    pub(super) per_minute: Option<u32>,
    pub(super) endpoints: BTreeMap<String, EndpointLimit>,
    pub(super) by_index: HashMap<usize, EndpointLimit>,
    pub(super) bypass: Option<HeaderName>,
    pub(super) allowlist: BTreeSet<u64>,
    pub(super) dry_run: bool,
    /// What the instance's own settings say, and a preset over them.
    pub(super) set: SetLimits,
    /// By the one who is counted and the throttle.
    pub(super) windows: HashMap<(Who, &'static str), Window>,
    pub(super) calls: HashMap<(Counted, Who, String), Window>,
}

/// What calls are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Counted {
    /// Those of one endpoint.
    Endpoint(usize),
    /// Those that a limiter of GitLab's takes together.
    Limiter(&'static str),
}

/// A request throttle.
#[derive(Debug, Clone, Copy)]
pub(super) struct Throttle {
    /// Requests under the same key are counted together.
    pub(super) key: &'static str,
    /// GitLab's.
    pub(super) name: &'static str,
    pub(super) rate: RateLimit,
}

/// A count that belongs to a span of time.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Window {
    pub(super) start: i64,
    pub(super) count: u64,
}

impl Inner {
    pub(super) fn throttles(&self, area: Area, signed_in: bool) -> [Option<Throttle>; 4] {
        let name = area.throttle(signed_in);
        let asked = |key, rate: Option<RateLimit>| rate.map(|rate| Throttle { key, name, rate });
        let every = |limit: Option<u32>, seconds| limit.map(|requests| RateLimit { requests, seconds });
        [
            asked("rate", self.rate),
            asked("second", every(self.per_second, 1)),
            asked("minute", every(self.per_minute, 60)),
            self.set.throttle(area, signed_in).map(|(name, rate)| Throttle {
                key: name,
                name,
                rate,
            }),
        ]
    }

    pub(super) fn is_throttled(&self) -> bool {
        let asked = self.rate.is_some() || self.per_second.is_some() || self.per_minute.is_some();
        asked || self.set.has_throttles()
    }

    pub(super) fn is_limited(&self) -> bool {
        !self.by_index.is_empty() || self.set.has_endpoints()
    }

    /// Counts one more in the window it falls into, which begins with its first call.
    pub(super) fn is_over(&mut self, key: (Counted, Who, String), limit: EndpointLimit, now: Moment) -> bool {
        let fresh = Window {
            start: now.0,
            count: 0,
        };
        let window = self.calls.entry(key).or_insert(fresh);
        let length = i64::try_from(limit.seconds.saturating_mul(1_000)).unwrap_or(i64::MAX);
        if now.0.saturating_sub(window.start) >= length {
            *window = fresh;
        }
        window.count += 1;
        window.count > limit.limit
    }
}

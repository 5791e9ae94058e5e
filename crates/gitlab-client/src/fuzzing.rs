//! Doors for `crates/fuzzing` to parsers that are nobody else's business.

use std::time::Duration;

use http::{HeaderMap, StatusCode};

use crate::pace::answer_headers::{QuotaReport, Refusal};

/// What an answer was understood to say about GitLab's limits.
#[derive(Clone, Copy, Debug)]
pub struct LimitsTold {
    /// Requests of a whole window, and how long it is.
    pub window: Option<(u64, Duration)>,
    /// How long to wait after a refusal.
    pub wait: Option<Duration>,
}

/// Reads the headers of an answer; `gitlab_now` is GitLab's clock in Unix milliseconds.
pub fn limits_told(status: StatusCode, headers: &HeaderMap, gitlab_now: i64) -> LimitsTold {
    let quota = QuotaReport::read(headers, gitlab_now);
    let wait = Refusal::read(status, headers, quota.as_ref()).map(|refusal| match refusal {
        Refusal::Throttle(wait) | Refusal::Endpoint(wait) => wait,
    });
    LimitsTold {
        window: quota.map(|quota| (quota.whole(), quota.period())),
        wait,
    }
}

/// What another process has told of the window, as it is heeded: its whole quota, how long it is, and when it ends.
pub fn quota_heeded(told: &QuotaReport) -> (u64, Duration, Duration) {
    let heeded = told.bounded();
    let ends = Duration::from_nanos(heeded.resets_in);
    (heeded.whole(), heeded.period(), ends)
}

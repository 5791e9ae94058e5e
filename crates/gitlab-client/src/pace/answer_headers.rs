use std::time::Duration;

use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use serde::{Deserialize, Serialize};

/// What an answer says about the request throttle (GitLab API facts §4.2). Processes that share a budget tell it each
/// other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QuotaReport {
    /// Requests a minute, whatever the window's real length.
    pub(crate) limit: u64,
    /// Used in this window. With `remaining` it gives the window's whole quota, which `limit` does not.
    pub(crate) observed: Option<u64>,
    /// What is left of the window.
    pub(crate) remaining: u64,
    /// End of the window, Unix seconds in GitLab's clock.
    pub(crate) reset_unix: i64,
    /// Nanoseconds from the answer to the end of the window; never less than it really is.
    pub(crate) resets_in: u64,
}

/// Which of GitLab's two limiters refused a request (GitLab API facts §4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The request throttle: everything of this user, or of this address, for so long.
    Throttle(Duration),
    /// The application limiter: this endpoint only, for its whole window.
    Endpoint(Duration),
}

/// Without a header that says how long, GitLab's most common window.
const DEFAULT_WAIT: Duration = Duration::from_mins(1);

/// Waiting no time at all would answer a refusal with the next refusal.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);

/// Longer than any of GitLab's windows; a nonsensical header must not stop a user for ever.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_hours(24);
const LONGEST_WAIT_MILLIS: u32 = 24 * 60 * 60 * 1_000;

impl QuotaReport {
    /// Reads the headers; `gitlab_now` is what GitLab's clock showed at least, in Unix milliseconds.
    ///
    /// `None` where the throttle is off, and for the throttles of packages, files, Git LFS or web pages, which
    /// count apart from the API.
    pub(crate) fn read(headers: &HeaderMap, gitlab_now: i64) -> Option<Self> {
        let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<i64>().ok();
        if headers
            .get("ratelimit-name")
            .is_some_and(|name| !of_the_api(name.as_bytes()))
        {
            return None;
        }
        let unsigned = |name: &str| number(name).and_then(|value| u64::try_from(value).ok());
        let reset_unix = number("ratelimit-reset")?;
        let millis = reset_unix.saturating_mul(1_000).saturating_sub(gitlab_now);
        let millis = u64::try_from(millis).unwrap_or(0);
        Some(Self {
            limit: unsigned("ratelimit-limit")?,
            observed: unsigned("ratelimit-observed"),
            remaining: unsigned("ratelimit-remaining")?,
            reset_unix,
            resets_in: millis.min(u64::from(LONGEST_WAIT_MILLIS)) * 1_000_000,
        })
    }

    /// The same within the bounds that [`QuotaReport::read`] keeps: what another process has told keeps none.
    pub(crate) fn bounded(self) -> Self {
        Self {
            resets_in: self.resets_in.min(u64::from(LONGEST_WAIT_MILLIS) * 1_000_000),
            ..self
        }
    }

    /// Whether so little of the window is left that other processes should know: a fifth.
    pub(crate) fn is_scarce(&self) -> bool {
        self.remaining.saturating_mul(5) <= self.whole()
    }

    /// The window's whole quota.
    pub(crate) fn whole(&self) -> u64 {
        self.observed
            .map_or(self.limit, |observed| observed.saturating_add(self.remaining))
            .max(1)
    }

    /// How long a window is: the limit is per minute, the quota is not.
    pub(crate) fn period(&self) -> Duration {
        let millis = self.whole().saturating_mul(60_000) / self.limit.max(1);
        Duration::from_millis(millis.clamp(1_000, LONGEST_WAIT_MILLIS.into()))
    }
}

/// Whether an answer says anything about a throttle, of the API or another one.
pub(crate) fn mentions_a_throttle(headers: &HeaderMap) -> bool {
    headers.contains_key("ratelimit-limit")
}

fn of_the_api(name: &[u8]) -> bool {
    name.ends_with(b"_api") && !name.ends_with(b"packages_api") && !name.ends_with(b"files_api")
        || !name.starts_with(b"throttle_")
}

impl Refusal {
    /// Which limiter a 429 comes from, and for how long. `None` for any other status.
    ///
    /// The texts are configurable and translated, so the decision is on headers and the kind of body: the
    /// throttle answers in plain text, with its own headers and nothing left; the application limiter in JSON.
    pub(crate) fn read(status: StatusCode, headers: &HeaderMap, quota: Option<&QuotaReport>) -> Option<Self> {
        if status != StatusCode::TOO_MANY_REQUESTS {
            return None;
        }
        let asked = retry_after(headers);
        let spent =
            quota.is_some_and(|quota| quota.remaining == 0) || headers.contains_key("ratelimit-resettime");
        let json = headers
            .get(CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
        let wait = |wait: Option<Duration>| wait.unwrap_or(DEFAULT_WAIT).clamp(SHORTEST_WAIT, LONGEST_WAIT);
        Some(if spent || !json {
            let reset = quota.map(|quota| Duration::from_nanos(quota.resets_in));
            Self::Throttle(wait(asked.or(reset)))
        } else {
            Self::Endpoint(wait(asked))
        })
    }
}

/// `Retry-After` in seconds. GitLab never sends its other form, a date.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn what_another_process_has_told_counts_within_the_same_bounds() {
        let told = QuotaReport {
            limit: 600,
            observed: Some(u64::MAX),
            remaining: 1,
            reset_unix: 0,
            resets_in: u64::MAX,
        };
        let heeded = told.bounded();
        assert_eq!(heeded.whole(), u64::MAX);
        assert_eq!(Duration::from_nanos(heeded.resets_in), LONGEST_WAIT);
        assert_eq!(heeded.period(), LONGEST_WAIT);
    }

    const THROTTLE: [(&str, &str); 6] = [
        ("ratelimit-limit", "2000"),
        ("ratelimit-name", "throttle_authenticated_api"),
        ("ratelimit-observed", "2001"),
        ("ratelimit-remaining", "0"),
        ("ratelimit-reset", "1787137560"),
        ("retry-after", "38"),
    ];

    #[test]
    fn the_headers_of_the_throttle_are_read() {
        let report = QuotaReport::read(&headers(&THROTTLE), 1_787_137_522_000).unwrap();
        assert_eq!(report.remaining, 0);
        assert_eq!(report.resets_in, 38_000_000_000);
    }

    #[test]
    fn other_throttles_and_nonsense_say_nothing_about_the_api() {
        for (name, value) in [
            ("ratelimit-name", "throttle_authenticated_files_api"),
            ("ratelimit-name", "throttle_authenticated_packages_api"),
            ("ratelimit-name", "throttle_authenticated_web"),
            ("ratelimit-remaining", "-1"),
            ("ratelimit-reset", "soon"),
        ] {
            let mut all = headers(&THROTTLE);
            all.insert(name, value.parse().unwrap());
            assert_eq!(QuotaReport::read(&all, 0), None, "{name}: {value}");
        }
    }

    #[test]
    fn the_two_kinds_of_429_are_told_apart_without_reading_their_texts() {
        let read = |pairs: &[(&'static str, &'static str)]| {
            let headers = headers(pairs);
            let quota = QuotaReport::read(&headers, 1_787_137_500_000);
            Refusal::read(StatusCode::TOO_MANY_REQUESTS, &headers, quota.as_ref())
        };
        let seconds = Duration::from_secs;
        assert_eq!(read(&THROTTLE), Some(Refusal::Throttle(seconds(38))));
        assert_eq!(read(&THROTTLE[..5]), Some(Refusal::Throttle(seconds(60))));
        assert_eq!(
            read(&[("content-type", "text/plain"), ("retry-after", "7")]),
            Some(Refusal::Throttle(seconds(7)))
        );
        assert_eq!(
            read(&[("content-type", "application/json"), ("retry-after", "600")]),
            Some(Refusal::Endpoint(seconds(600)))
        );
        assert_eq!(
            read(&[
                ("content-type", "application/json; charset=utf-8"),
                ("ratelimit-limit", "2000"),
                ("ratelimit-remaining", "1500"),
                ("ratelimit-reset", "1787137560"),
            ]),
            Some(Refusal::Endpoint(seconds(60)))
        );
        assert_eq!(
            read(&[("content-type", "application/json"), ("retry-after", "0")]),
            Some(Refusal::Endpoint(seconds(1)))
        );
        assert_eq!(read(&[]), Some(Refusal::Throttle(seconds(60))));
        assert_eq!(Refusal::read(StatusCode::OK, &headers(&THROTTLE), None), None);
    }
}

//! Latency, and GitLab's two kinds of limits (GitLab API facts §4.1).

mod area;
mod changes;
mod endpoints;
mod limiters;
mod preset;
mod set;
mod throttled;
mod used;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::HeaderMap;
use hyper::header::HeaderName;
use serde::Serialize;

pub(crate) use area::Area;
pub use changes::{EndpointLimit, InvalidLimits, LimitChanges};
pub use preset::{InvalidPreset, LimitPreset};
pub(crate) use throttled::{Caller, Throttled, Who};

use crate::options::RateLimit;
use crate::state::InstanceSettings;
use crate::time_text::Moment;
use endpoints::index_endpoints;
use limiters::Per;
use set::SetLimits;
use used::{Counted, Inner, Throttle, Window};

#[derive(Debug, Default)]
pub(crate) struct Limits {
    latency_micros: AtomicU64,
    throttled: AtomicBool,
    limited: AtomicBool,
    inner: Mutex<Inner>,
}

/// What is in force, as the control call shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LimitsInForce {
    latency_ms: u64,
    per_second: Option<u32>,
    per_minute: Option<u32>,
    rate_limit: Option<String>,
    endpoints: BTreeMap<String, EndpointLimit>,
    preset: Option<LimitPreset>,
    bypass_header: Option<String>,
    throttle_allowlist: BTreeSet<u64>,
    throttle_dry_run: bool,
    /// What the settings and the preset limit.
    limiters: BTreeMap<&'static str, EndpointLimit>,
}

impl Limits {
    /// What the simulator was started with.
    pub(crate) fn start(&self, latency: Duration, rate: Option<RateLimit>, preset: Option<LimitPreset>) {
        self.set_latency(latency);
        let mut inner = self.inner();
        inner.rate = rate;
        inner.set = inner.set.under(preset);
        self.note(&inner);
    }

    /// Turns off everything that did not come from the instance's settings.
    pub(crate) fn reset(&self) {
        self.set_latency(Duration::ZERO);
        let mut inner = self.inner();
        let set = inner.set.under(None);
        *inner = Inner {
            set,
            ..Inner::default()
        };
        self.note(&inner);
    }

    /// Puts in force what the settings of the instance say.
    pub(crate) fn follow(&self, settings: &InstanceSettings) {
        let mut inner = self.inner();
        inner.set = SetLimits::of(settings, inner.set.preset());
        self.note(&inner);
    }

    /// What the request throttle answers.
    pub(crate) fn throttle_text(&self) -> String {
        let inner = self.inner();
        inner.set.throttle_text().unwrap_or("Retry later").to_owned()
    }

    fn note(&self, inner: &Inner) {
        self.throttled.store(inner.is_throttled(), Ordering::Release);
        self.limited.store(inner.is_limited(), Ordering::Release);
    }

    /// Changes what is named, all of it or nothing.
    pub(crate) fn change(&self, changes: LimitChanges) -> Result<(), InvalidLimits> {
        if changes.is_empty() {
            self.reset();
            return Ok(());
        }
        let endpoints = changes.endpoints.map(Option::unwrap_or_default);
        let by_index = endpoints.as_ref().map(index_endpoints).transpose()?;
        let bypass = changes.bypass_header.map(header_name).transpose()?;
        if let Some(latency) = changes.latency_ms {
            self.set_latency(Duration::from_millis(latency.unwrap_or(0)));
        }
        let on = |limit: Option<u32>| limit.filter(|limit| *limit > 0);
        let mut inner = self.inner();
        if let Some(limit) = changes.per_second {
            inner.per_second = on(limit);
            inner.rate = None;
        }
        if let Some(limit) = changes.per_minute {
            inner.per_minute = on(limit);
            inner.rate = None;
        }
        if let (Some(endpoints), Some(by_index)) = (endpoints, by_index) {
            inner.endpoints = endpoints;
            inner.by_index = by_index;
            inner.calls.clear();
        }
        if let Some(preset) = changes.preset {
            inner.set = inner.set.under(preset);
            inner.calls.clear();
        }
        if let Some(bypass) = bypass {
            inner.bypass = bypass;
        }
        if let Some(allowlist) = changes.throttle_allowlist {
            inner.allowlist = allowlist.unwrap_or_default();
        }
        if let Some(dry_run) = changes.throttle_dry_run {
            inner.dry_run = dry_run.unwrap_or(false);
        }
        self.note(&inner);
        Ok(())
    }

    pub(crate) fn in_force(&self) -> LimitsInForce {
        let inner = self.inner();
        LimitsInForce {
            latency_ms: self.latency_micros.load(Ordering::Relaxed) / 1_000,
            per_second: inner.per_second,
            per_minute: inner.per_minute,
            rate_limit: inner
                .rate
                .map(|rate| format!("{}/{}", rate.requests, rate.seconds)),
            endpoints: inner.endpoints.clone(),
            preset: inner.set.preset(),
            bypass_header: inner.bypass.as_ref().map(ToString::to_string),
            throttle_allowlist: inner.allowlist.clone(),
            throttle_dry_run: inner.dry_run,
            limiters: inner.set.limiters(),
        }
    }

    pub(crate) fn latency(&self) -> Duration {
        Duration::from_micros(self.latency_micros.load(Ordering::Relaxed))
    }

    fn set_latency(&self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        self.latency_micros.store(micros, Ordering::Relaxed);
    }

    /// Whether a proxy let this request past every limit.
    pub(crate) fn lets_past(&self, headers: &HeaderMap) -> bool {
        let any = self.throttled.load(Ordering::Acquire) || self.limited.load(Ordering::Acquire);
        any && {
            let inner = self.inner();
            let sent = inner.bypass.as_ref().and_then(|name| headers.get(name));
            sent.is_some_and(|value| value == "1")
        }
    }

    /// Counts a request against the throttles. None while there is none.
    pub(crate) fn count_request(&self, who: Who, area: Area, now: Moment) -> Option<Throttled> {
        if !self.throttled.load(Ordering::Acquire) {
            return None;
        }
        let seconds = now.0.div_euclid(1_000);
        let mut inner = self.inner();
        if matches!(who, Who::User(user) if inner.allowlist.contains(&user.0)) {
            return None;
        }
        let throttles = inner.throttles(area, who.is_signed_in());
        let tightest = throttles
            .into_iter()
            .flatten()
            .map(|Throttle { key, name, rate }| {
                let period = i64::from(rate.seconds);
                let start = seconds.div_euclid(period) * period;
                let window = inner.windows.entry((who, key)).or_default();
                if window.start != start {
                    *window = Window { start, count: 0 };
                }
                window.count += 1;
                Throttled {
                    limit: rate.requests.into(),
                    period: rate.seconds.into(),
                    observed: window.count,
                    reset: start + period,
                    name,
                }
            })
            // The tightest one is shown, and of two that refuse the one that refuses longer.
            .min_by_key(|throttled| (!throttled.is_over(), throttled.remaining(), -throttled.reset));
        tightest.filter(|_| !inner.dry_run)
    }

    /// Counts a call of an endpoint. An error is the whole window in seconds; refused calls count, too.
    pub(crate) fn count_call(&self, endpoint: usize, caller: Caller<'_>, now: Moment) -> Result<(), u64> {
        if !self.limited.load(Ordering::Acquire) {
            return Ok(());
        }
        let mut inner = self.inner();
        let limited = match inner.by_index.get(&endpoint) {
            Some(asked) => Some((Counted::Endpoint(endpoint), "", *asked)),
            None => inner
                .set
                .of_endpoint(endpoint, caller.who.is_signed_in())
                .map(|set| {
                    let source = if set.per == Per::Source { caller.source } else { "" };
                    (Counted::Limiter(set.key), source, set.limit)
                }),
        };
        match limited {
            Some((counted, source, limit))
                if inner.is_over((counted, caller.who, source.to_owned()), limit, now) =>
            {
                Err(limit.seconds)
            }
            _ => Ok(()),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn header_name(text: Option<String>) -> Result<Option<HeaderName>, InvalidLimits> {
    text.map(|text| text.parse().map_err(|_| InvalidLimits::Header(text)))
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::router;
    use crate::ids::UserId;

    const ADA: Who = Who::User(UserId(7));

    fn limits(json: &str) -> Limits {
        let limits = Limits::default();
        limits.change(serde_json::from_str(json).unwrap()).unwrap();
        limits
    }

    #[test]
    fn the_throttle_counts_in_windows_of_the_clock() {
        let limits = limits(r#"{"perMinute":2}"#);
        let at = |seconds: i64| {
            limits
                .count_request(ADA, Area::Api, Moment(seconds * 1_000))
                .unwrap()
        };
        assert_eq!(
            at(59),
            Throttled {
                limit: 2,
                period: 60,
                observed: 1,
                reset: 60,
                name: "throttle_authenticated_api",
            }
        );
        assert_eq!(at(60).observed, 1);
        assert_eq!(at(61).remaining(), 0);
        assert!(at(62).is_over());
        assert!(!at(120).is_over());
        assert_eq!(
            limits
                .count_request(Who::User(UserId(8)), Area::Api, Moment(62_000))
                .unwrap()
                .observed,
            1
        );
    }

    #[test]
    fn the_tightest_of_two_throttles_is_shown() {
        let limits = limits(r#"{"perSecond":2,"perMinute":3}"#);
        let at = |millis: i64| limits.count_request(ADA, Area::Api, Moment(millis)).unwrap();
        assert_eq!(at(0).period, 1);
        at(100);
        assert_eq!(at(1_000).period, 60);
        let refused = at(2_000);
        assert_eq!((refused.period, refused.is_over()), (60, true));
    }

    #[test]
    fn an_endpoint_limit_has_a_window_from_its_first_call_and_counts_refused_calls() {
        let limits = limits(r#"{"endpoints":{"POST /projects":{"limit":1,"seconds":60}}}"#);
        let endpoint = router::endpoints()
            .iter()
            .position(|e| e.name() == "POST /projects")
            .unwrap();
        let call = |user, seconds: i64| {
            let caller = Caller {
                who: Who::User(UserId(user)),
                source: "",
            };
            limits.count_call(endpoint, caller, Moment(seconds * 1_000))
        };
        assert_eq!(call(7, 30), Ok(()));
        assert_eq!(call(7, 40), Err(60));
        assert_eq!(call(8, 40), Ok(()));
        assert_eq!(call(7, 89), Err(60));
        assert_eq!(call(7, 90), Ok(()));
    }

    #[test]
    fn what_is_left_out_stays_and_null_or_zero_turns_off() {
        let limits = limits(r#"{"latencyMs":50,"perSecond":5}"#);
        limits
            .change(serde_json::from_str(r#"{"perMinute":100,"perSecond":0}"#).unwrap())
            .unwrap();
        let shown = serde_json::to_value(limits.in_force()).unwrap();
        assert_eq!(
            shown,
            serde_json::json!({
                "latencyMs": 50, "perSecond": null, "perMinute": 100, "rateLimit": null, "endpoints": {},
                "preset": null, "bypassHeader": null, "throttleAllowlist": [], "throttleDryRun": false,
                "limiters": {},
            })
        );
        limits.change(LimitChanges::default()).unwrap();
        assert_eq!(limits.latency(), Duration::ZERO);
        assert_eq!(limits.count_request(ADA, Area::Api, Moment(0)), None);
    }

    #[test]
    fn an_unknown_endpoint_is_told_which_there_are() {
        let changes =
            serde_json::from_str(r#"{"endpoints":{"POST /project":{"limit":1,"seconds":1}}}"#).unwrap();
        let error = Limits::default().change(changes).unwrap_err().to_string();
        assert!(
            error.contains("POST /projects") && !error.contains("GET /"),
            "{error}"
        );
    }
}

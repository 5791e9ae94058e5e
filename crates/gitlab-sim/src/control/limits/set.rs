//! The limits that are part of the instance: its settings, and a preset over them (GitLab API facts §4.3 to §4.5).

use std::collections::{BTreeMap, HashMap};

use super::area::Area;
use super::endpoints::is_named;
use super::limiters::{Amount, Callers, LIMITERS, Limiter, Per};
use super::{EndpointLimit, LimitPreset};
use crate::http::router;
use crate::options::RateLimit;
use crate::state::InstanceSettings;

/// What settings and preset say at one time.
#[derive(Debug, Default)]
pub(super) struct SetLimits {
    settings: InstanceSettings,
    preset: Option<LimitPreset>,
    by_endpoint: HashMap<(usize, bool), SetLimit>,
}

/// The limit of an endpoint.
#[derive(Debug, Clone, Copy)]
pub(super) struct SetLimit {
    /// Calls under the same key are counted together.
    pub(super) key: &'static str,
    pub(super) per: Per,
    pub(super) limit: EndpointLimit,
}

impl SetLimits {
    pub(super) fn of(settings: &InstanceSettings, preset: Option<LimitPreset>) -> Self {
        let mut by_endpoint = HashMap::new();
        for limiter in LIMITERS {
            let Some(limit) = limit(limiter, settings, preset) else {
                continue;
            };
            let set = SetLimit {
                key: limiter.key,
                per: limiter.per,
                limit,
            };
            for (index, endpoint) in router::endpoints().iter().enumerate() {
                if limiter.endpoints.iter().any(|name| is_named(endpoint, name)) {
                    for signed_in in kinds(limiter.callers) {
                        by_endpoint.insert((index, *signed_in), set);
                    }
                }
            }
        }
        Self {
            settings: settings.clone(),
            preset,
            by_endpoint,
        }
    }

    /// The same under another preset.
    pub(super) fn under(&self, preset: Option<LimitPreset>) -> Self {
        Self::of(&self.settings, preset)
    }

    pub(super) fn preset(&self) -> Option<LimitPreset> {
        self.preset
    }

    /// What the request throttle answers, when it is not the usual.
    pub(super) fn throttle_text(&self) -> Option<&str> {
        self.settings.text("rate_limiting_response_text")
    }

    /// The request throttle of an area, with GitLab's name for it.
    pub(super) fn throttle(&self, area: Area, signed_in: bool) -> Option<(&'static str, RateLimit)> {
        let own = || match self.preset {
            Some(LimitPreset::GitlabCom) => on_gitlab_com(area, signed_in),
            _ => self.settings.throttle(area.setting(signed_in)),
        };
        own()
            .map(|rate| (area.throttle(signed_in), rate))
            .or_else(|| self.throttle(area.wider()?, signed_in))
    }

    pub(super) fn has_throttles(&self) -> bool {
        [
            Area::Api,
            Area::FilesApi,
            Area::PackagesApi,
            Area::Web,
            Area::ProtectedPaths,
        ]
        .into_iter()
        .any(|area| {
            [true, false]
                .into_iter()
                .any(|signed_in| self.throttle(area, signed_in).is_some())
        })
    }

    pub(super) fn has_endpoints(&self) -> bool {
        !self.by_endpoint.is_empty()
    }

    /// What limits calls of an endpoint.
    pub(super) fn of_endpoint(&self, endpoint: usize, signed_in: bool) -> Option<SetLimit> {
        self.by_endpoint.get(&(endpoint, signed_in)).copied()
    }

    /// All limits of endpoints by their key.
    pub(super) fn limiters(&self) -> BTreeMap<&'static str, EndpointLimit> {
        self.by_endpoint
            .values()
            .map(|set| (set.key, set.limit))
            .collect()
    }
}

fn kinds(callers: Callers) -> &'static [bool] {
    match callers {
        Callers::Users => &[true],
        Callers::Strangers => &[false],
        Callers::Everyone => &[true, false],
    }
}

/// None while it is off.
fn limit(
    limiter: &Limiter,
    settings: &InstanceSettings,
    preset: Option<LimitPreset>,
) -> Option<EndpointLimit> {
    let set = settings.number(limiter.key);
    let was_set = settings.was_set(limiter.key);
    let amount = match (preset, limiter.amount) {
        (Some(LimitPreset::GitlabCom), Amount::Setting(usual)) => limiter.on_gitlab_com.unwrap_or(usual),
        (Some(LimitPreset::GitlabCom), Amount::AlwaysOn) => limiter.on_gitlab_com.unwrap_or(set),
        (Some(LimitPreset::SelfManaged), Amount::Setting(usual)) if !was_set => usual,
        (Some(_), Amount::Fixed(amount)) => amount,
        // Without a preset an instance limits nothing that nobody set.
        (None, Amount::Fixed(_)) => 0,
        (None, Amount::AlwaysOn) if !was_set => 0,
        (_, Amount::Setting(_) | Amount::AlwaysOn) => set,
    };
    (amount > 0).then_some(EndpointLimit {
        limit: amount,
        seconds: limiter.seconds,
    })
}

fn on_gitlab_com(area: Area, signed_in: bool) -> Option<RateLimit> {
    let requests = match (area, signed_in) {
        (Area::Api, true) => 2_000,
        (Area::Api, false) | (Area::FilesApi, _) => 500,
        (Area::Web, true) => 1_000,
        (Area::ProtectedPaths, _) => 10,
        (Area::Web, false) | (Area::PackagesApi, _) => return None,
    };
    Some(RateLimit {
        requests,
        seconds: 60,
    })
}

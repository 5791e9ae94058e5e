//! What was asked of the instance, and what came of it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use hyper::StatusCode;
use serde::{Deserialize, Serialize};

use crate::hooks::Courier;
use crate::http::reply::Effect;
use crate::http::router::{self, Endpoint};
use crate::state::State;

/// At most this many routes that do not exist are told apart.
const UNKNOWN_ROUTES: usize = 1_000;

const HIGHEST_STATUS: usize = 600;

/// Counters, all of them since the start or the last reset.
#[derive(Debug)]
pub(crate) struct Stats {
    by_status: Box<[AtomicU64]>,
    by_endpoint: Box<[AtomicU64]>,
    unimplemented: Mutex<BTreeMap<String, u64>>,
    total: AtomicU64,
    applied: AtomicU64,
    duplicates: AtomicU64,
    rate_limited: AtomicU64,
    in_flight: AtomicUsize,
    max_in_flight: AtomicUsize,
}

impl Default for Stats {
    fn default() -> Self {
        let counters = |count| (0..count).map(|_| AtomicU64::new(0)).collect();
        Self {
            by_status: counters(HIGHEST_STATUS),
            by_endpoint: counters(router::endpoints().len()),
            unimplemented: Mutex::default(),
            total: AtomicU64::new(0),
            applied: AtomicU64::new(0),
            duplicates: AtomicU64::new(0),
            rate_limited: AtomicU64::new(0),
            in_flight: AtomicUsize::new(0),
            max_in_flight: AtomicUsize::new(0),
        }
    }
}

impl Stats {
    pub(crate) fn enter(&self) {
        let now = self.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        self.max_in_flight.fetch_max(now, Ordering::Relaxed);
    }

    /// A request ended. No status: it ended without an answer.
    pub(crate) fn leave(&self, status: Option<StatusCode>) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        self.total.fetch_add(1, Ordering::Relaxed);
        let index = status.map_or(0, |status| usize::from(status.as_u16()));
        if let Some(counter) = self.by_status.get(index) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn count_endpoint(&self, index: usize) {
        if let Some(counter) = self.by_endpoint.get(index) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn count_unimplemented(&self, route: String) {
        let mut routes = self.unimplemented.lock().unwrap_or_else(PoisonError::into_inner);
        let route = if routes.len() < UNKNOWN_ROUTES || routes.contains_key(&route) {
            route
        } else {
            "other".to_owned()
        };
        *routes.entry(route).or_default() += 1;
    }

    pub(crate) fn count_effect(&self, effect: Effect) {
        match effect {
            Effect::None => {}
            Effect::Applied => {
                self.applied.fetch_add(1, Ordering::Relaxed);
            }
            Effect::Duplicate => {
                self.duplicates.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    pub(crate) fn count_rate_limited(&self) {
        self.rate_limited.fetch_add(1, Ordering::Relaxed);
    }

    /// Begins anew. What is in flight stays in flight.
    pub(crate) fn reset(&self) {
        for counter in self.by_status.iter().chain(&self.by_endpoint) {
            counter.store(0, Ordering::Relaxed);
        }
        for counter in [&self.total, &self.applied, &self.duplicates, &self.rate_limited] {
            counter.store(0, Ordering::Relaxed);
        }
        self.unimplemented
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        self.max_in_flight
            .store(self.in_flight.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    pub(crate) fn report(&self, state: &State, courier: &Courier) -> StatsReport {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let by_status = self
            .by_status
            .iter()
            .enumerate()
            .filter(|(_, counter)| read(counter) > 0);
        let by_route = router::endpoints().iter().zip(&self.by_endpoint);
        StatsReport {
            requests: Requests {
                total: read(&self.total),
                by_status: by_status
                    .map(|(status, counter)| (status.to_string(), read(counter)))
                    .collect(),
                by_route: by_route
                    .filter(|(_, counter)| read(counter) > 0)
                    .map(|(endpoint, counter)| (Endpoint::name(endpoint), read(counter)))
                    .collect(),
            },
            unimplemented: self
                .unimplemented
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
            writes: Writes {
                applied: read(&self.applied),
                rejected_as_duplicate: read(&self.duplicates),
            },
            rate_limited: read(&self.rate_limited),
            max_in_flight: self.max_in_flight.load(Ordering::Relaxed),
            entities: Entities {
                groups: state.tree.group_count(),
                projects: state.tree.project_count(),
                users: state.users.len(),
                members: state.members.len(),
                tokens: state.tokens.len(),
            },
            deliveries: courier.counts(),
        }
    }
}

/// What `GET /_sim/stats` answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatsReport {
    pub requests: Requests,
    /// Routes that were asked for and do not exist here, with how often.
    pub unimplemented: BTreeMap<String, u64>,
    pub writes: Writes,
    /// Answers with 429, of both kinds.
    pub rate_limited: u64,
    /// The most requests that were being answered at one moment.
    pub max_in_flight: usize,
    pub entities: Entities,
    /// What hooks were told.
    #[serde(default)]
    pub deliveries: Deliveries,
}

/// What became of telling hooks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deliveries {
    /// Answered with 2xx.
    pub delivered: u64,
    /// Answered otherwise, or not at all.
    pub failed: u64,
}

/// Requests, counted three ways.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Requests {
    pub total: u64,
    /// By status; `0` counts those that ended without an answer.
    pub by_status: BTreeMap<String, u64>,
    /// By endpoint: `POST /groups/:id/members`.
    pub by_route: BTreeMap<String, u64>,
}

/// What writes came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Writes {
    /// Requests that changed something.
    pub applied: u64,
    /// Creations refused because the thing exists.
    pub rejected_as_duplicate: u64,
}

/// What there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entities {
    pub groups: usize,
    pub projects: usize,
    /// `root` included.
    pub users: usize,
    /// Direct memberships.
    pub members: usize,
    pub tokens: usize,
}

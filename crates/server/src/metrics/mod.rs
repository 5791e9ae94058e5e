//! What a Prometheus server reads: requests to us, requests to GitLab, jobs, items, sockets, this process.
//!
//! Labels are few and bounded: the pattern of a route, never a path; no user, no instance, no object.

mod labels;
mod process;
mod scrape;

use std::sync::Arc;
use std::time::Duration;

use domain::{ItemStatus, JobStatus};
use gitlab_client::{Arrival, Watch};
use http::{Method, StatusCode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use utoipa_axum::routes;

use crate::openapi::Routes;

use labels::{Direction, GitlabRequest, ItemOutcome, JobsIn, Request, Route};
pub(crate) use process::resident_bytes;
pub(crate) use scrape::own_listener;

pub(crate) fn routes() -> Routes {
    Routes::new().with(routes!(scrape::scrape))
}

/// From 1 ms to 16 s.
fn seconds() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 2.0, 15))
}

/// The counters of one process. Made once, before anything that counts; cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    registry: Registry,
    requests: Family<Request, Counter>,
    request_seconds: Family<Route, Histogram, fn() -> Histogram>,
    gitlab_requests: Family<GitlabRequest, Counter>,
    gitlab_seconds: Histogram,
    items: Family<ItemOutcome, Counter>,
    jobs: Family<JobsIn, Gauge>,
    sockets: Gauge,
    redis_up: Gauge,
    redis_failures: Counter,
    redis_words: Family<Direction, Counter>,
    resident: Gauge,
    uptime: Gauge<f64, std::sync::atomic::AtomicU64>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Counters at zero.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("gitlab_bulk");
        let mut inner = Inner {
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(seconds),
            gitlab_requests: Family::default(),
            gitlab_seconds: seconds(),
            items: Family::default(),
            jobs: Family::default(),
            sockets: Gauge::default(),
            redis_up: Gauge::default(),
            redis_failures: Counter::default(),
            redis_words: Family::default(),
            resident: Gauge::default(),
            uptime: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register(
            "build",
            "The version of the program",
            Info::new([("version", env!("CARGO_PKG_VERSION"))]),
        );
        registry.register(
            "http_requests",
            "Requests that were answered, by the pattern of their route",
            inner.requests.clone(),
        );
        registry.register_with_unit(
            "http_request_duration",
            "From a request's head to the head of its answer",
            Unit::Seconds,
            inner.request_seconds.clone(),
        );
        registry.register(
            "gitlab_requests",
            "Requests to GitLab: what came back, or that nothing did",
            inner.gitlab_requests.clone(),
        );
        registry.register_with_unit(
            "gitlab_request_duration",
            "From sending a request to GitLab to the end of its answer, without waiting for the budget",
            Unit::Seconds,
            inner.gitlab_seconds.clone(),
        );
        registry.register(
            "items",
            "Items of jobs that ended on this node",
            inner.items.clone(),
        );
        registry.register(
            "jobs",
            "Jobs in the database that are not over, by status",
            inner.jobs.clone(),
        );
        registry.register("sockets", "Open Socket.IO connections", inner.sockets.clone());
        registry.register(
            "redis_up",
            "1 while Redis answers and the other nodes are heard; 0 while not, and where none is configured",
            inner.redis_up.clone(),
        );
        registry.register(
            "redis_failures",
            "Questions that Redis refused or did not answer in time",
            inner.redis_failures.clone(),
        );
        registry.register(
            "redis_words",
            "What was told to other nodes, and heard from them",
            inner.redis_words.clone(),
        );
        registry.register_with_unit(
            "resident_memory",
            "Memory of this process that is not swapped out",
            Unit::Bytes,
            inner.resident.clone(),
        );
        registry.register_with_unit(
            "uptime",
            "How long this process has been serving",
            Unit::Seconds,
            inner.uptime.clone(),
        );
        inner.registry = registry;
        Self {
            inner: Arc::new(inner),
        }
    }

    /// A request was answered. `route` is the pattern it matched, if any.
    pub(crate) fn answered(&self, method: &Method, route: Option<&str>, status: StatusCode, took: Duration) {
        let inner = &self.inner;
        inner
            .requests
            .get_or_create(&Request::new(method, route, status))
            .inc();
        inner
            .request_seconds
            .get_or_create(&Route::new(route))
            .observe(took.as_secs_f64());
    }

    /// Items of a job ended on this node.
    pub(crate) fn items_ended(&self, status: ItemStatus, items: usize) {
        self.inner
            .items
            .get_or_create(&ItemOutcome::new(status))
            .inc_by(items as u64);
    }

    /// Redis refused something, or did not answer.
    pub(crate) fn redis_failed(&self) {
        self.inner.redis_failures.inc();
    }

    /// So much was told to the other nodes.
    pub(crate) fn redis_words_said(&self, words: usize) {
        self.inner
            .redis_words
            .get_or_create(&Direction::SAID)
            .inc_by(words as u64);
    }

    /// Another node was heard.
    pub(crate) fn redis_word_heard(&self) {
        self.inner.redis_words.get_or_create(&Direction::HEARD).inc();
    }

    fn jobs_in(&self, status: JobStatus, jobs: u64) {
        let jobs = i64::try_from(jobs).unwrap_or(i64::MAX);
        self.inner.jobs.get_or_create(&JobsIn::new(status)).set(jobs);
    }
}

impl Watch for Metrics {
    fn arrived(&self, method: &Method, arrival: Arrival, took: Duration) {
        self.inner
            .gitlab_requests
            .get_or_create(&GitlabRequest::new(method, arrival))
            .inc();
        self.inner.gitlab_seconds.observe(took.as_secs_f64());
    }
}

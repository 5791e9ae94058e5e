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
use prometheus_client::registry::{Metric, Registry, Unit};
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

/// What is told of, each with what it means.
struct Told(Registry);

impl Told {
    fn of<M: Metric + Clone>(&mut self, name: &str, help: &str, metric: M) -> M {
        self.0.register(name, help, metric.clone());
        metric
    }

    fn within<M: Metric + Clone>(&mut self, unit: Unit, name: &str, help: &str, metric: M) -> M {
        self.0.register_with_unit(name, help, unit, metric.clone());
        metric
    }
}

/// The counters of one process. Made once, before anything that counts; cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
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
    registry: Registry,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Counters at zero.
    pub fn new() -> Self {
        let mut told = Told(Registry::with_prefix("gitlab_bulk"));
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        told.0
            .register("build", "The version of the program", Info::new(version));
        let inner = Inner {
            requests: told.of(
                "http_requests",
                "Requests that were answered, by the pattern of their route",
                Family::default(),
            ),
            request_seconds: told.within(
                Unit::Seconds,
                "http_request_duration",
                "From a request's head to the head of its answer",
                Family::new_with_constructor(seconds as fn() -> Histogram),
            ),
            gitlab_requests: told.of(
                "gitlab_requests",
                "Requests to GitLab: what came back, or that nothing did",
                Family::default(),
            ),
            gitlab_seconds: told.within(
                Unit::Seconds,
                "gitlab_request_duration",
                "From sending a request to GitLab to the end of its answer, without waiting for the budget",
                seconds(),
            ),
            items: told.of("items", "Items of jobs that ended on this node", Family::default()),
            jobs: told.of(
                "jobs",
                "Jobs in the database that are not over, by status",
                Family::default(),
            ),
            sockets: told.of("sockets", "Open Socket.IO connections", Gauge::default()),
            redis_up: told.of(
                "redis_up",
                "1 while Redis answers and the other nodes are heard; 0 while not, and where none is configured",
                Gauge::default(),
            ),
            redis_failures: told.of(
                "redis_failures",
                "Questions that Redis refused or did not answer in time",
                Counter::default(),
            ),
            redis_words: told.of(
                "redis_words",
                "What was told to other nodes, and heard from them",
                Family::default(),
            ),
            resident: told.within(
                Unit::Bytes,
                "resident_memory",
                "Memory of this process that is not swapped out",
                Gauge::default(),
            ),
            uptime: told.within(
                Unit::Seconds,
                "uptime",
                "How long this process has been serving",
                Gauge::default(),
            ),
            registry: told.0,
        };
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

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use prometheus_client::encoding::text::encode;
    use serde_json::Value;

    use super::*;

    /// Rows that a page of metrics has, by name, with the labels of each.
    type Rows = BTreeMap<String, BTreeSet<String>>;

    /// What is served once everything that is counted has happened.
    fn served() -> Rows {
        let metrics = Metrics::new();
        metrics.answered(&Method::GET, Some("/api/jobs"), StatusCode::OK, Duration::ZERO);
        metrics.arrived(&Method::GET, Arrival::Lost, Duration::ZERO);
        metrics.items_ended(ItemStatus::Succeeded, 1);
        metrics.jobs_in(JobStatus::Running, 1);
        metrics.redis_words_said(1);
        let mut page = String::new();
        encode(&mut page, &metrics.inner.registry).unwrap();
        let rows = page.lines().filter(|line| !line.starts_with('#'));
        rows.map(|row| {
            let (name, rest) = row.split_at(row.find(['{', ' ']).unwrap());
            (name.to_owned(), labels_in(rest))
        })
        .collect()
    }

    /// The names before a sign of comparison in the first braces.
    fn labels_in(text: &str) -> BTreeSet<String> {
        let Some((labels, _)) = text.strip_prefix('{').and_then(|rest| rest.split_once('}')) else {
            return BTreeSet::new();
        };
        let labels = labels.split(',').filter_map(|label| label.split_once('='));
        labels.map(|(name, _)| name.to_owned()).collect()
    }

    fn is_part_of_a_name(letter: char) -> bool {
        letter.is_ascii_alphanumeric() || letter == '_'
    }

    /// Our metrics in a question to Prometheus, or in a page that people read: the name of each, and what follows it.
    fn named(text: &str) -> Vec<(&str, &str)> {
        let ends = |at: usize| {
            let rest = &text[at..];
            at + rest
                .find(|letter| !is_part_of_a_name(letter))
                .unwrap_or(rest.len())
        };
        text.match_indices("gitlab_bulk_")
            .map(|(at, _)| (&text[at..ends(at)], &text[ends(at)..]))
            .collect()
    }

    /// The metric that a row belongs to.
    fn metric(row: &str) -> &str {
        let parts = ["_bucket", "_sum", "_count"];
        parts
            .iter()
            .find_map(|part| row.strip_suffix(part))
            .unwrap_or(row)
    }

    #[test]
    fn the_dashboard_shows_every_metric_and_asks_for_no_other() {
        let served = served();
        let dashboard: Value =
            serde_json::from_str(include_str!("../../../../deploy/grafana/gitlab-bulk.json")).unwrap();
        let panels = dashboard["panels"].as_array().unwrap().iter();
        let targets = panels.flat_map(|panel| panel["targets"].as_array().unwrap());
        let mut shown = BTreeSet::new();
        for target in targets {
            let question = target["expr"].as_str().unwrap();
            let legend = target["legendFormat"].as_str().unwrap_or_default();
            let asked = named(question);
            assert!(!asked.is_empty(), "{question} asks for nothing of ours");
            for (name, rest) in asked {
                let known = served.get(name);
                let known = known.unwrap_or_else(|| panic!("{question}: {name} is not served"));
                let grouped = question
                    .split_once("by (")
                    .and_then(|(_, rest)| rest.split_once(')'));
                let grouped = grouped.map_or("", |(labels, _)| labels).split(", ");
                let legend = legend
                    .split("{{")
                    .skip(1)
                    .filter_map(|rest| rest.split_once("}}"));
                let used = labels_in(rest)
                    .into_iter()
                    .chain(grouped.map(str::to_owned))
                    .chain(legend.map(|(label, _)| label.to_owned()))
                    // Prometheus says itself whom it has asked.
                    .filter(|label| !label.is_empty() && label != "instance");
                for label in used {
                    assert!(known.contains(&label), "{question}: {name} has no {label}");
                }
                shown.insert(metric(name));
            }
        }
        let served: BTreeSet<&str> = served.keys().map(|row| metric(row)).collect();
        assert_eq!(shown, served);
    }

    #[test]
    fn the_page_about_metrics_names_them_all_with_their_labels() {
        let served = served();
        let page = include_str!("../../../../docs/metrics.md");
        let rows = page
            .lines()
            .filter_map(|line| line.strip_prefix("| `gitlab_bulk_"));
        let mut told = BTreeMap::new();
        for row in rows {
            let mut cells = row.split('|');
            let (names, labels) = (cells.next().unwrap(), cells.next().unwrap());
            let labels: BTreeSet<&str> = labels.split('`').skip(1).step_by(2).collect();
            let names = format!("gitlab_bulk_{names}");
            told.extend(
                named(&names)
                    .into_iter()
                    .map(|(name, _)| (name.to_owned(), labels.clone())),
            );
        }
        let mut known: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for (row, labels) in &served {
            // A bucket's own label, and what a build says of itself.
            let labels = labels
                .iter()
                .map(String::as_str)
                .filter(|label| !["le", "version"].contains(label));
            known.entry(metric(row).to_owned()).or_default().extend(labels);
        }
        assert_eq!(told, known);
    }
}

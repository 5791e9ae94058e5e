use std::borrow::Cow;

use domain::{ItemStatus, JobStatus};
use gitlab_client::Arrival;
use http::{Method, StatusCode};
use prometheus_client::encoding::EncodeLabelSet;

/// Anybody may send any method, and each would be a row of its own.
fn word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// A request to us.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Request {
    method: &'static str,
    route: Cow<'static, str>,
    status: u16,
}

impl Request {
    pub(super) fn new(method: &Method, route: Option<&str>, status: StatusCode) -> Self {
        Self {
            method: word(method),
            route: pattern(route),
            status: status.as_u16(),
        }
    }
}

/// Where a request went.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Route {
    route: Cow<'static, str>,
}

impl Route {
    pub(super) fn new(route: Option<&str>) -> Self {
        Self {
            route: pattern(route),
        }
    }
}

fn pattern(route: Option<&str>) -> Cow<'static, str> {
    route.map_or(Cow::Borrowed("none"), |route| Cow::Owned(route.to_owned()))
}

/// A request to GitLab.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct GitlabRequest {
    method: &'static str,
    outcome: Cow<'static, str>,
}

impl GitlabRequest {
    pub(super) fn new(method: &Method, arrival: Arrival) -> Self {
        Self {
            method: word(method),
            outcome: match arrival {
                Arrival::Answered(status) => Cow::Owned(status.as_str().to_owned()),
                Arrival::NotSent => Cow::Borrowed("not_sent"),
                Arrival::Lost => Cow::Borrowed("lost"),
            },
        }
    }
}

/// How an item ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ItemOutcome {
    status: &'static str,
}

impl ItemOutcome {
    pub(super) fn new(status: ItemStatus) -> Self {
        Self {
            status: status.name(),
        }
    }
}

/// Where a job stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct JobsIn {
    status: &'static str,
}

impl JobsIn {
    pub(super) fn new(status: JobStatus) -> Self {
        Self {
            status: status.name(),
        }
    }
}

/// Which way a word between nodes went.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Direction {
    direction: &'static str,
}

impl Direction {
    pub(super) const SAID: Self = Self { direction: "said" };
    pub(super) const HEARD: Self = Self { direction: "heard" };
}

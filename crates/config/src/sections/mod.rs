//! One topic of the configuration per file: its variables, and the struct they become.

pub mod cache;
pub mod data;
pub mod gitlab;
pub mod jobs;
pub mod limits;
pub mod logs;
pub mod metrics;
pub mod remote;
pub mod server;
pub mod session;
pub mod traces;
pub mod webhooks;

use super::variable::Variable;

/// A topic, as the documentation shows it.
#[derive(Clone, Copy, Debug)]
pub struct Topic {
    /// Its heading.
    pub title: &'static str,
    /// Its variables, in the order they are shown.
    pub variables: &'static [Variable],
}

/// Every topic there is.
pub const TOPICS: &[Topic] = &[
    Topic {
        title: "GitLab",
        variables: gitlab::VARIABLES,
    },
    Topic {
        title: "Data",
        variables: data::VARIABLES,
    },
    Topic {
        title: "Server",
        variables: server::VARIABLES,
    },
    Topic {
        title: "Sessions",
        variables: session::VARIABLES,
    },
    Topic {
        title: "Webhooks",
        variables: webhooks::VARIABLES,
    },
    Topic {
        title: "Limits",
        variables: limits::VARIABLES,
    },
    Topic {
        title: "Jobs",
        variables: jobs::VARIABLES,
    },
    Topic {
        title: "Cache",
        variables: cache::VARIABLES,
    },
    Topic {
        title: "Metrics",
        variables: metrics::VARIABLES,
    },
    Topic {
        title: "Another server",
        variables: remote::VARIABLES,
    },
    Topic {
        title: "Traces",
        variables: traces::VARIABLES,
    },
    Topic {
        title: "Logs",
        variables: logs::VARIABLES,
    },
];

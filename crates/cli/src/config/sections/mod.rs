//! One topic of the configuration per file: its variables, and the struct they become.

pub(crate) mod cache;
pub(crate) mod data;
pub(crate) mod gitlab;
pub(crate) mod jobs;
pub(crate) mod limits;
pub(crate) mod logs;
pub(crate) mod metrics;
pub(crate) mod remote;
pub(crate) mod server;
pub(crate) mod session;
pub(crate) mod traces;
pub(crate) mod webhooks;

use super::variable::Variable;

/// A topic, as the documentation shows it.
pub(crate) struct Topic {
    /// Its heading.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "read where the documentation is made from it")
    )]
    pub(crate) title: &'static str,
    /// Its variables, in the order they are shown.
    pub(crate) variables: &'static [Variable],
}

/// Every topic there is.
pub(crate) const TOPICS: &[Topic] = &[
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

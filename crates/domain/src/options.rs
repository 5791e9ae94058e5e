use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Timestamp;

/// How a job is to be run. All parts are optional in JSON; unknown names are refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct JobOptions {
    /// Leave alone what exists already (otherwise it is a conflict).
    pub skip_existing: bool,
    /// Bring what exists already to the wanted values.
    pub update_existing: bool,
    /// Go on after an item has failed; `false` stops before the next item.
    pub continue_on_error: bool,
    /// Plan only; nothing can be started.
    pub dry_run: bool,
    /// Requests in flight at most, below the installation's own limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub concurrency: Option<u32>,
    /// Requests per second at most, below the installation's own limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(exclusive_minimum = 0)]
    pub rate_per_second: Option<f64>,
    /// Not to be started before this moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Pause when so many items have failed, counted anew after each time a person resumes the job.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub max_failures: Option<u32>,
    /// Run so many items, then pause for a look; resumed, go on with the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub canary: Option<u32>,
    /// Run in batches with a rest between them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waves: Option<Waves>,
    /// Pause when the share of failed items among the last fifty (ten at least) rises above this (0 to 1).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1)]
    pub max_error_rate: Option<f64>,
    /// How many removals an exact set may cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_removals: Option<u32>,
    /// The text that a destructive job asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
}

impl Default for JobOptions {
    fn default() -> Self {
        Self {
            skip_existing: true,
            update_existing: false,
            continue_on_error: true,
            dry_run: false,
            concurrency: None,
            rate_per_second: None,
            not_before: None,
            max_failures: None,
            canary: None,
            waves: None,
            max_error_rate: None,
            allow_removals: None,
            confirm: None,
        }
    }
}

/// Batches of items with a rest between them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Waves {
    /// Items in one batch, at least 1.
    #[schema(minimum = 1)]
    pub size: u32,
    /// Seconds between two batches.
    #[schema(minimum = 0, maximum = 604_800)]
    pub pause_seconds: u32,
}

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize};

use super::LimitPreset;

/// Changes to the limits. What is left out stays; an outer `Some(None)` (null or 0 in JSON) turns it off.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct LimitChanges {
    /// Waiting time of every answer.
    #[serde(default, deserialize_with = "given")]
    pub latency_ms: Option<Option<u64>>,
    /// Requests of one user in each second.
    #[serde(default, deserialize_with = "given")]
    pub per_second: Option<Option<u32>>,
    /// Requests of one user in each minute.
    #[serde(default, deserialize_with = "given")]
    pub per_minute: Option<Option<u32>>,
    /// Calls of one endpoint by one user: `POST /projects`. Replaces all there were.
    #[serde(default, deserialize_with = "given")]
    pub endpoints: Option<Option<BTreeMap<String, EndpointLimit>>>,
    /// The limits of an instance out there.
    #[serde(default, deserialize_with = "given")]
    pub preset: Option<Option<LimitPreset>>,
    /// A header that lets a request past every limit when it says `1`; a proxy in front would set it.
    #[serde(default, deserialize_with = "given")]
    pub bypass_header: Option<Option<String>>,
    /// Ids of users whom the request throttle does not count.
    #[serde(default, deserialize_with = "given")]
    pub throttle_allowlist: Option<Option<BTreeSet<u64>>>,
    /// Whether the request throttle only counts.
    #[serde(default, deserialize_with = "given")]
    pub throttle_dry_run: Option<Option<bool>>,
}

impl LimitChanges {
    /// True for `{}`, which turns everything off.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Keeps apart what is null and what is left out.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// At most `limit` calls in a window of `seconds` that begins with the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointLimit {
    pub limit: u64,
    pub seconds: u64,
}

/// Limits that make no sense. Says what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLimits {
    #[error("{name:?} is no endpoint of the simulator; with that verb there are: {known}")]
    Endpoint { name: String, known: String },
    #[error("endpoints.{0}: seconds is a whole number from 1")]
    Window(String),
    #[error("bypassHeader: {0:?} is no name of a header")]
    Header(String),
}

//! The options that a file may carry: how its job is to be run.

use domain::{JobOptions, Problem};
use serde_json::Value;

use super::node::{Content, Node, Trail};
use super::read::Reader;
use super::words::unknown_key;
use crate::field::fold;

/// What a file says about how it is to be run. What the command line or a request says is stronger.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileOptions {
    /// Whether what exists is brought to the wanted values; a manifest does unless told otherwise.
    pub update_existing: Option<bool>,
    /// Go on after an item has failed.
    pub continue_on_error: Option<bool>,
    /// Plan only.
    pub dry_run: Option<bool>,
    /// Requests per second at most.
    pub rate_per_second: Option<f64>,
    /// Requests in flight at most.
    pub concurrency: Option<u32>,
    /// How many removals exact sections may cause.
    pub allow_removals: Option<u32>,
}

/// The names of all options, for messages.
const KNOWN: [&str; 12] = [
    "updateExisting",
    "skipExisting",
    "continueOnError",
    "dryRun",
    "ratePerSecond",
    "concurrency",
    "allowRemovals",
    "apiDelay",
    "maxRetries",
    "parallelWorkers",
    "stopOnError",
    "batchSize",
];

impl FileOptions {
    /// The options of a job of this file where the caller says nothing else.
    #[must_use]
    pub fn job(&self) -> JobOptions {
        JobOptions {
            update_existing: self.update_existing.unwrap_or(true),
            continue_on_error: self.continue_on_error.unwrap_or(true),
            dry_run: self.dry_run.unwrap_or(false),
            rate_per_second: self.rate_per_second,
            concurrency: self.concurrency,
            allow_removals: self.allow_removals,
            ..JobOptions::default()
        }
    }

    /// Adds what another file of the same job says; the first that says something counts.
    pub(super) fn join(&mut self, other: &Self) {
        self.update_existing = self.update_existing.or(other.update_existing);
        self.continue_on_error = self.continue_on_error.or(other.continue_on_error);
        self.dry_run = self.dry_run.or(other.dry_run);
        self.rate_per_second = self.rate_per_second.or(other.rate_per_second);
        self.concurrency = self.concurrency.or(other.concurrency);
        self.allow_removals = self.allow_removals.or(other.allow_removals);
    }

    /// Reads an `options` object, of a manifest or of the older forms. What means something else here, or
    /// nothing, is said.
    pub(super) fn take(&mut self, node: &Node, trail: &Trail<'_>, reader: &mut Reader<'_>) {
        let Some(entries) = reader.object_entries(node, trail, "options") else {
            return;
        };
        for (key, value) in entries {
            let trail = trail.key(&key.name);
            let flag = || flag(value);
            let read = match fold(&key.name).as_str() {
                "updateexisting" => flag().map(|yes| self.update_existing = Some(yes)),
                "skipexisting" => flag().map(|yes| self.update_existing = Some(!yes)),
                "continueonerror" => flag().map(|yes| self.continue_on_error = Some(yes)),
                "stoponerror" => flag().map(|yes| self.continue_on_error = Some(!yes)),
                "dryrun" => flag().map(|yes| self.dry_run = Some(yes)),
                "rate" | "ratepersecond" => number(value).map(|rate| self.rate_per_second = Some(rate)),
                "concurrency" => whole(value).map(|count| self.concurrency = Some(count)),
                "parallelworkers" => whole(value).map(|count| {
                    self.concurrency = Some(count);
                    reader.findings.warn(
                        &trail,
                        key.at,
                        format!("read as at most {count} requests in flight; few of them under one group at a time"),
                    );
                }),
                "allowremovals" => whole(value).map(|count| self.allow_removals = Some(count)),
                // No pause at all is what there is anyway.
                "apidelay" | "delay" if value.to_json().as_f64() == Some(0.0) => Some(()),
                "apidelay" | "delay" => number(value).map(|delay| {
                    // The scripts that wrote this slept seconds, their successors milliseconds.
                    let seconds = if delay < 10.0 { delay } else { delay / 1_000.0 };
                    let rate = 1.0 / seconds;
                    self.rate_per_second = Some(rate);
                    reader.findings.warn(
                        &trail,
                        key.at,
                        format!("a pause between requests is read as at most {rate:.2} requests per second (ratePerSecond)"),
                    );
                }),
                "maxretries" | "batchsize" => {
                    let instead = if fold(&key.name) == "maxretries" {
                        "how often is GITLAB_API_MAX_RETRIES, and only what is safe to repeat is repeated"
                    } else {
                        "a job has no batches unless `waves` are asked for"
                    };
                    reader.findings.warn(&trail, key.at, format!("not read: {instead}"));
                    Some(())
                }
                _ => {
                    reader.findings.wrong(&trail, key.at, unknown_key(&key.name, &KNOWN, "options"));
                    Some(())
                }
            };
            if read.is_none() {
                let allowed = if matches!(
                    fold(&key.name).as_str(),
                    "rate" | "ratepersecond" | "apidelay" | "delay"
                ) {
                    "a number above 0"
                } else if matches!(
                    fold(&key.name).as_str(),
                    "concurrency" | "parallelworkers" | "allowremovals"
                ) {
                    "a whole number, like 5"
                } else {
                    "true or false"
                };
                let problem = Problem::new("this cannot be the value of this option")
                    .value(&value.to_json().to_string())
                    .allowed(allowed);
                reader.findings.wrong(&trail, value.at, problem);
            }
        }
    }
}

fn flag(node: &Node) -> Option<bool> {
    match &node.value {
        Content::Bool(flag) => Some(*flag),
        Content::Text(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" => Some(true),
            "false" | "no" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn number(node: &Node) -> Option<f64> {
    let number = match &node.value {
        Content::Number(number) => number.as_f64(),
        Content::Text(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite() && *number > 0.0)
}

fn whole(node: &Node) -> Option<u32> {
    match node.to_json() {
        Value::Number(number) => u32::try_from(number.as_u64()?).ok(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

//! What an item depends on besides its parameters: that its target is as another job left it, and that
//! other items go before it.

use std::collections::BTreeMap;

use domain::{Change, ItemError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::estate::same;

/// Stored with the item (`expects`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Expectation {
    /// Values by GitLab's names of fields: what the target has to look like for the item to make sense.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) fields: BTreeMap<String, Value>,
    /// Items that have to go before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) after: Vec<u32>,
    /// Why nothing is to be done at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) left: Option<ItemError>,
    /// It was half done before: what is there already is its own doing, and is completed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) half_done: bool,
    /// Where an object that is named by number was last seen: it is found there with others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seen_at: Option<String>,
    /// It was agreed to in another job, as it was planned there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) agreed: Option<Agreed>,
}

/// What an item was about when a person agreed to it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Agreed {
    /// The number of what it changes; `None` when that was still to be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<u64>,
}

impl Agreed {
    /// Whether agreeing to that was agreeing to this: another object under the same path is not what was meant.
    pub(crate) fn holds_for(&self, id: Option<u64>) -> bool {
        self.id.is_none() || self.id == id
    }
}

impl Expectation {
    /// What most items expect.
    pub(crate) const NOTHING: &Self = &Self {
        fields: BTreeMap::new(),
        after: Vec::new(),
        left: None,
        half_done: false,
        seen_at: None,
        agreed: None,
    };

    /// As it was stored; none expects nothing.
    pub(crate) fn read(stored: Option<&RawValue>) -> serde_json::Result<Self> {
        stored.map_or_else(
            || Ok(Self::default()),
            |stored| serde_json::from_str(stored.get()),
        )
    }

    /// To be stored; `None` when it expects nothing.
    pub(crate) fn store(&self) -> Option<Box<RawValue>> {
        (*self != Self::default())
            .then(|| serde_json::value::to_raw_value(self).ok())
            .flatten()
    }

    /// Why a target is left alone whose fields are not as they were left; `None` when they are.
    pub(crate) fn changed_since(&self, target: &str, changes: &[Change]) -> Option<ItemError> {
        let other: Vec<&Change> = changes
            .iter()
            .filter(|change| {
                self.fields
                    .get(&change.field)
                    .is_some_and(|expected| !same(expected, &change.from))
            })
            .collect();
        if other.is_empty() {
            return None;
        }
        let fields: Vec<&str> = other.iter().map(|change| change.field.as_str()).collect();
        let difference = |change: &&Change| {
            serde_json::json!({
                "field": change.field, "expected": self.fields.get(&change.field), "found": change.from,
            })
        };
        Some(ItemError {
            code: "CHANGED_SINCE".to_owned(),
            message: format!(
                "`{target}` was changed since ({}): it is left as it is",
                fields.join(", ")
            ),
            gitlab_status: None,
            details: Some(other.iter().map(difference).collect()),
        })
    }
}

//! What GitLab's lists can be asked to leave out.

use std::collections::BTreeSet;

use domain::{AccessLevel, Timestamp, Visibility};

use crate::operation::ObjectKind;

/// What holds for all of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Conditions {
    pub(super) visibility: Option<Visibility>,
    pub(super) archived: Option<bool>,
    pub(super) pending: Option<bool>,
    pub(super) top_level: Option<bool>,
    pub(super) at_least: Option<AccessLevel>,
    pub(super) activity_after: Option<Timestamp>,
    pub(super) activity_before: Option<Timestamp>,
    pub(super) id_after: Option<u64>,
    pub(super) id_before: Option<u64>,
    pub(super) topics: BTreeSet<String>,
}

impl Conditions {
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            visibility: self.visibility.or(other.visibility),
            archived: self.archived.or(other.archived),
            pending: self.pending.or(other.pending),
            top_level: self.top_level.or(other.top_level),
            at_least: self.at_least.max(other.at_least),
            activity_after: self.activity_after.max(other.activity_after),
            activity_before: least(self.activity_before, other.activity_before),
            id_after: self.id_after.max(other.id_after),
            id_before: least(self.id_before, other.id_before),
            topics: self.topics.into_iter().chain(other.topics).collect(),
        }
    }

    pub(super) fn or(&self, other: &Self) -> Self {
        Self {
            visibility: same(self.visibility, other.visibility),
            archived: same(self.archived, other.archived),
            pending: same(self.pending, other.pending),
            top_level: same(self.top_level, other.top_level),
            at_least: self.at_least.min(other.at_least),
            activity_after: self.activity_after.min(other.activity_after),
            activity_before: self
                .activity_before
                .zip(other.activity_before)
                .map(|(one, other)| one.max(other)),
            id_after: self.id_after.min(other.id_after),
            id_before: self
                .id_before
                .zip(other.id_before)
                .map(|(one, other)| one.max(other)),
            topics: self.topics.intersection(&other.topics).cloned().collect(),
        }
    }

    /// As parameters of a list. Filters that only the list of all projects knows are left out below a group.
    pub(super) fn parameters(&self, kind: ObjectKind, everywhere: bool) -> Vec<(&'static str, String)> {
        let mut parameters = Vec::new();
        let mut ask = |name, value: Option<String>| parameters.extend(value.map(|value| (name, value)));
        ask(
            "visibility",
            self.visibility.map(|visibility| visibility.to_string()),
        );
        ask(
            "min_access_level",
            self.at_least.map(|level| level.number().to_string()),
        );
        let archived = match (kind, self.archived) {
            // GitLab leaves projects that are scheduled for deletion out as well.
            (ObjectKind::Project, Some(false)) if self.pending != Some(false) => None,
            (_, archived) => archived,
        };
        ask("archived", archived.map(|archived| archived.to_string()));
        if !everywhere {
            return parameters;
        }
        match kind {
            ObjectKind::Group => ask(
                "top_level_only",
                self.top_level.filter(|only| *only).map(|_| "true".into()),
            ),
            ObjectKind::Project => {
                ask(
                    "last_activity_after",
                    self.activity_after.map(|at| at.to_string()),
                );
                ask(
                    "last_activity_before",
                    self.activity_before.map(|at| at.to_string()),
                );
                ask("id_after", self.id_after.map(|id| id.to_string()));
                ask("id_before", self.id_before.map(|id| id.to_string()));
                let topics: Vec<&str> = self.topics.iter().map(String::as_str).collect();
                ask(
                    "topic",
                    Some(topics.join(",")).filter(|topics| !topics.is_empty()),
                );
            }
        }
        parameters
    }
}

fn least<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn same<T: PartialEq + Copy>(one: Option<T>, other: Option<T>) -> Option<T> {
    one.filter(|value| other == Some(*value))
}

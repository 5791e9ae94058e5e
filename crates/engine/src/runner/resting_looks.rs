//! Looks that rest until it makes sense to ask again.

use std::collections::BTreeMap;
use std::fmt;

use domain::Timestamp;
use gitlab_client::WaitReason;

use super::YIELDS_FROM;
use super::look::Look;

/// What a look waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WaitsFor {
    /// Its budget.
    Budget(WaitReason),
    /// The moment from which on a request cannot be done any more.
    Settling,
    /// That GitLab comes to an end with what it has accepted.
    Gitlab,
    /// An answer that says what was asked.
    AnAnswer,
}

impl fmt::Display for WaitsFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Budget(reason) => reason.fmt(f),
            Self::Settling => f.write_str("an answer was lost; GitLab is asked what became of the request"),
            Self::Gitlab => f.write_str("GitLab is still at work on what it has accepted"),
            Self::AnAnswer => f.write_str("GitLab does not say what became of a request"),
        }
    }
}

/// Looks, by the moment of the next one.
#[derive(Default)]
pub(super) struct RestingLooks {
    due: BTreeMap<Timestamp, Vec<(Look, WaitsFor)>>,
}

impl RestingLooks {
    pub(super) fn push(&mut self, look: Look, until: Timestamp, waits_for: WaitsFor) {
        self.due.entry(until).or_default().push((look, waits_for));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.due.is_empty()
    }

    /// When the next one is due, and what the first of them waits for.
    pub(super) fn next(&self) -> Option<(Timestamp, WaitsFor)> {
        let (until, looks) = self.due.first_key_value()?;
        Some((*until, looks.first()?.1))
    }

    /// Those whose moment has come. With one that looks every few minutes come all that do: a job gives its place up
    /// between them, and would never get to it if each had moments of its own.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Vec<Look> {
        let mut taken = Vec::new();
        while let Some(first) = self.due.first_entry()
            && *first.key() <= now
        {
            taken.extend(first.remove().into_iter().map(|(look, _)| look));
        }
        if taken.iter().any(is_long) {
            let rest = std::mem::take(&mut self.due);
            for (until, looks) in rest {
                for (look, waits_for) in looks {
                    if waits_for == WaitsFor::Gitlab && is_long(&look) {
                        taken.push(look);
                    } else {
                        self.push(look, until, waits_for);
                    }
                }
            }
        }
        taken
    }

    /// All of them, in no order.
    pub(super) fn take_all(&mut self) -> Vec<Look> {
        let all = std::mem::take(&mut self.due).into_values().flatten();
        all.map(|(look, _)| look).collect()
    }
}

fn is_long(look: &Look) -> bool {
    look.pause >= YIELDS_FROM
}

//! Every request, in the order they ended.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::time_text::Moment;

/// At most this many entries are kept; then the oldest go.
const KEPT: usize = 500_000;

/// One request. Holds the path without its query, so never a token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JournalEntry {
    /// From 1, without gaps.
    pub seq: u64,
    pub method: String,
    pub path: String,
    /// 0 when the request ended without an answer.
    pub status: u16,
    /// When it came: RFC 3339, UTC.
    pub at: String,
    pub duration_ms: f64,
}

#[derive(Debug, Default)]
pub(crate) struct Journal(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    last: u64,
    entries: VecDeque<Entry>,
}

/// Kept small: a journal holds hundreds of thousands.
#[derive(Debug)]
struct Entry {
    method: hyper::Method,
    path: Box<str>,
    status: u16,
    at: Moment,
    micros: u64,
}

impl Journal {
    pub(crate) fn write(&self, method: hyper::Method, path: &str, status: u16, at: Moment, micros: u64) {
        let entry = Entry {
            method,
            path: path.into(),
            status,
            at,
            micros,
        };
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.entries.len() >= KEPT {
            inner.entries.pop_front();
        }
        inner.last += 1;
        inner.entries.push_back(entry);
    }

    /// The entries after `since`, oldest first.
    pub(crate) fn since(&self, since: u64) -> Vec<JournalEntry> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = inner.last + 1 - inner.entries.len() as u64;
        let skipped = usize::try_from((since + 1).saturating_sub(first)).unwrap_or(usize::MAX);
        let entries = inner.entries.iter().enumerate().skip(skipped);
        entries
            .map(|(at, entry)| entry.shown(first + at as u64))
            .collect()
    }

    pub(crate) fn reset(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Inner::default();
    }
}

impl Entry {
    #[expect(
        clippy::cast_precision_loss,
        reason = "durations are far below 2^53 microseconds"
    )]
    fn shown(&self, seq: u64) -> JournalEntry {
        JournalEntry {
            seq,
            method: self.method.to_string(),
            path: self.path.to_string(),
            status: self.status,
            at: self.at.to_string(),
            duration_ms: self.micros as f64 / 1_000.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_reads_on_from_where_one_was() {
        let journal = Journal::default();
        for n in 1..=3 {
            journal.write(
                hyper::Method::GET,
                &format!("/api/v4/groups/{n}"),
                200,
                Moment(0),
                1_500,
            );
        }
        let seqs = |since| {
            journal
                .since(since)
                .iter()
                .map(|entry| entry.seq)
                .collect::<Vec<_>>()
        };
        assert_eq!(seqs(0), [1, 2, 3]);
        assert_eq!(seqs(2), [3]);
        assert_eq!(seqs(3), [0; 0]);
        assert_eq!(seqs(99), [0; 0]);
        let first = &journal.since(0)[0];
        assert_eq!(
            (first.path.as_str(), first.duration_ms),
            ("/api/v4/groups/1", 1.5)
        );
    }
}

use async_trait::async_trait;
use domain::{InstanceUrl, Timestamp, UserKey};
use serde_json::value::RawValue;

use crate::Result;

/// One thing that somebody did, or tried to do.
#[derive(Clone, Debug)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// On which GitLab, if on any.
    pub instance: Option<InstanceUrl>,
    /// Who: the user's number there, as far as that is known.
    pub user_id: Option<u64>,
    /// The user's name at that time.
    pub username: Option<String>,
    /// By what means: `session`, `key:ID`, `job:ID`.
    pub via: Option<String>,
    /// From where.
    pub address: Option<String>,
    /// What was done: `sign_in`, `key_create`, `write` …
    pub action: String,
    /// To what: a path, an id.
    pub target: String,
    /// What came of it.
    pub outcome: AuditOutcome,
    /// The status that was answered.
    pub status: Option<u16>,
    /// The request's id, as in its answer and the log.
    pub request_id: Option<String>,
    /// What else is worth knowing, as JSON. Never a secret.
    pub details: Option<Box<RawValue>>,
}

/// What came of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuditOutcome {
    /// It was done.
    Succeeded,
    /// Whoever asked was not allowed to.
    Refused,
    /// It was not done, for another reason.
    Failed,
    /// Nobody was there any more to see.
    Unknown,
}

impl AuditOutcome {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::Succeeded, Self::Refused, Self::Failed, Self::Unknown];

    /// The word of the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

    /// The outcome of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }
}

/// An entry with its place.
#[derive(Clone, Debug)]
pub struct AuditRow {
    /// Orders the rows of all nodes by time; the cursor of pages.
    pub id: String,
    /// Whose chain it is in.
    pub node: String,
    /// Its place there, from 1.
    pub seq: u64,
    /// What happened.
    pub entry: AuditEntry,
    /// SHA-256 over the hash of the row before and this row's content.
    pub hash: [u8; 32],
}

/// Which rows are wanted; newest first.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Only this user's.
    pub user: Option<UserKey>,
    /// Only those of one instance, and those of nobody: refusals before anybody was known.
    pub instance: Option<InstanceUrl>,
    /// Only this action.
    pub action: Option<String>,
    /// Only this outcome.
    pub outcome: Option<AuditOutcome>,
    /// Not older than this.
    pub since: Option<Timestamp>,
    /// Older than this.
    pub until: Option<Timestamp>,
    /// Only rows before the one with this id.
    pub before: Option<String>,
    /// At most so many.
    pub limit: u32,
}

/// A part of the trail.
#[derive(Clone, Debug)]
pub struct AuditPage {
    /// The rows, newest first.
    pub rows: Vec<AuditRow>,
    /// The id to go on from; `None` at the end.
    pub next: Option<String>,
}

/// Where a chain was at some moment. Kept outside, it shows later that nothing before it was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditCheckpoint {
    /// Whose chain.
    pub node: String,
    /// The last row then.
    pub seq: u64,
    /// Its hash.
    pub hash: [u8; 32],
}

/// What looking through all chains found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditVerdict {
    /// How many chains there are.
    pub chains: u64,
    /// How many rows were looked at.
    pub rows: u64,
    /// What is wrong; empty when nothing is. At most 100.
    pub flaws: Vec<AuditFlaw>,
}

/// A place where a chain is not what was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditFlaw {
    /// The row, or the one before it, was changed.
    #[error("row {seq} of {node} does not follow from what is before it: one of the two was changed")]
    Changed {
        /// Whose chain.
        node: String,
        /// The row.
        seq: u64,
    },
    /// Rows are missing.
    #[error("rows {from} to {to} of {node} are missing")]
    Missing {
        /// Whose chain.
        node: String,
        /// The first.
        from: u64,
        /// The last.
        to: u64,
    },
    /// The row is not the one that was there when the checkpoint was made.
    #[error("row {seq} of {node} is not the one that its checkpoint saw")]
    NotAsAtCheckpoint {
        /// Whose chain.
        node: String,
        /// The row.
        seq: u64,
    },
}

/// The audit trail: rows are added, and removed from the oldest end when their time is over.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Adds entries to the chain of this node, in this order. Processes that share a name share a chain.
    /// Returns a checkpoint every now and then, for keeping outside.
    async fn append_audit(&self, node: &str, entries: &[AuditEntry]) -> Result<Option<AuditCheckpoint>>;

    /// The rows that fit, newest first.
    async fn audit(&self, filter: &AuditFilter) -> Result<AuditPage>;

    /// Removes the oldest rows of each chain, as far as they are all older than `moment`; what is left can still be
    /// verified. Returns how many.
    async fn purge_audit(&self, moment: Timestamp) -> Result<u64>;

    /// Looks through all chains for rows that were changed, removed or put elsewhere.
    async fn verify_audit(&self) -> Result<AuditVerdict>;
}

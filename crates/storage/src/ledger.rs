use async_trait::async_trait;
use domain::{ItemError, ItemResult, ItemStatus, JobId, JobStatus, LookAt, Timestamp};
use serde_json::value::RawValue;

use crate::{Lease, Result};

/// What is about to be sent. Committed before it is sent.
#[derive(Clone, Debug)]
pub struct Intent {
    /// The item it serves.
    pub item: u32,
    /// The number of the sending, from 1, never used twice for an item. Higher than the item's `attempts`
    /// where a sending did not count as one (throttled, never left).
    pub attempt: u32,
    /// The call within the attempt, from 0.
    pub call: u32,
    /// `POST` …
    pub method: &'static str,
    /// Path below `/api/v4`, with its query; never a secret.
    pub path: String,
    /// When it was decided on; the request is sent within a few seconds of it, or not at all.
    pub at: Timestamp,
}

/// What came of an intent. Committed once, when it is known.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The item of the intent.
    pub item: u32,
    /// The attempt of the intent.
    pub attempt: u32,
    /// The call of the intent.
    pub call: u32,
    /// How it is known.
    pub kind: EvidenceKind,
    /// GitLab's status, when it answered.
    pub gitlab_status: Option<u16>,
    /// GitLab's `X-Request-Id`, when it answered.
    pub request_id: Option<String>,
    /// What was seen, as JSON, without secrets.
    pub seen: Option<Box<RawValue>>,
    /// When it was known.
    pub at: Timestamp,
}

/// How the outcome of an intent is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvidenceKind {
    /// GitLab answered.
    Answered,
    /// Nothing left this process.
    NotSent,
    /// GitLab was asked afterwards, and has it.
    FoundPresent,
    /// GitLab was asked afterwards, when it could no longer be working on it, and has it not.
    FoundAbsent,
    /// GitLab was asked afterwards and it cannot be told; a person has to look.
    Undecided,
}

impl EvidenceKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Answered,
        Self::NotSent,
        Self::FoundPresent,
        Self::FoundAbsent,
        Self::Undecided,
    ];

    /// The word used in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::NotSent => "not_sent",
            Self::FoundPresent => "found_present",
            Self::FoundAbsent => "found_absent",
            Self::Undecided => "undecided",
        }
    }
}

/// How an item stands from now on.
#[derive(Clone, Debug)]
pub struct ItemChange {
    /// Which item.
    pub item: u32,
    /// Its status.
    pub status: ItemStatus,
    /// How many of the item's writes are done; never goes back.
    pub step: u32,
    /// How many times a write was sent for it, this one included.
    pub attempts: u32,
    /// Why it failed or was skipped.
    pub error: Option<ItemError>,
    /// What a person should look at.
    pub look_at: Option<LookAt>,
    /// What it made or changed; `None` keeps what planning found.
    pub result: Option<ItemResult>,
    /// When this was so: `startedAt` when the status is `running` (the first time),
    /// `finishedAt` when it has ended.
    pub at: Timestamp,
}

/// How fast the job goes, for people.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Items ended per second, lately.
    pub items_per_second: f64,
    /// When it is expected to end.
    pub estimated_completion: Option<Timestamp>,
}

/// Everything that many items have to say at one moment: one transaction, one flush to disk.
#[derive(Clone, Debug, Default)]
pub struct LedgerBatch {
    /// What is about to be sent.
    pub intents: Vec<Intent>,
    /// What came of earlier intents.
    pub evidence: Vec<Evidence>,
    /// How items stand. At most one per item; applied after intents and evidence.
    pub items: Vec<ItemChange>,
    /// How fast it goes, when it has been measured anew.
    pub progress: Option<Progress>,
}

/// What committing a batch came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The job's version after it.
    pub version: u64,
    /// The job's status. Unless it is `running`, intents of items that had not begun (`call` 0, and changes to
    /// `running` at step 0) were left out and must not be sent; the further writes of those that have begun,
    /// evidence and ends of items are recorded all the same.
    pub status: JobStatus,
}

/// An intent without evidence: nobody knows yet what became of it.
#[derive(Clone, Debug)]
pub struct OpenIntent {
    /// The item it serves.
    pub item: u32,
    /// The item's attempt.
    pub attempt: u32,
    /// The call within the attempt.
    pub call: u32,
    /// `POST` …
    pub method: String,
    /// Path below `/api/v4`.
    pub path: String,
    /// When it was decided on.
    pub at: Timestamp,
}

/// What was sent last for an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastAttempt {
    /// The item.
    pub item: u32,
    /// The number of its last attempt.
    pub attempt: u32,
    /// When the last of its intents was decided on.
    pub at: Timestamp,
}

/// The record of what was intended and what came of it.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Commits a batch durably: flushed to disk when this returns.
    ///
    /// The job's counts and version follow the items. An intent that is there already is left as it is.
    ///
    /// # Errors
    /// `LeaseLost`, and then nothing of the batch is recorded. `Unavailable` when it cannot be known
    /// to be on disk.
    async fn commit(&self, lease: &Lease, batch: &LedgerBatch) -> Result<Committed>;

    /// Every intent of the job without evidence, by item, attempt and call.
    async fn open_intents(&self, job: JobId) -> Result<Vec<OpenIntent>>;

    /// For each item that has not ended and that something was ever intended for: the highest number of
    /// an attempt and its moment, by item. A new intent takes a higher one, so that none is ever mistaken for another.
    async fn last_attempts(&self, job: JobId) -> Result<Vec<LastAttempt>>;
}

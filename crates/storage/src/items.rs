use async_trait::async_trait;
use domain::{
    Action, Change, Item, ItemError, ItemResult, ItemStatus, JobId, LookAt, Source, Timestamp, UserKey,
};
use serde_json::value::RawValue;

use crate::{Lease, Quota, Result};

/// An item as it was given, before planning. Its status is `pending`, its action unknown.
#[derive(Clone, Debug)]
pub struct NewItem {
    /// Place in the job, from 0, without gaps.
    pub index: u32,
    /// `create_group` …
    pub operation: &'static str,
    /// What it is about: a full path, for members `path#username`.
    pub target: String,
    /// Where it came from.
    pub source: Source,
    /// The validated parameters, as JSON.
    pub params: Box<RawValue>,
    /// What its target has to look like for it to make sense, as JSON.
    pub expects: Option<Box<RawValue>>,
    /// Which of the job's `inputs` it is from, and what its row said that `params` do not tell, as JSON.
    pub input: Option<Box<RawValue>>,
}

/// What planning found out about an item.
#[derive(Clone, Debug)]
pub struct PlannedItem {
    /// Which item.
    pub index: u32,
    /// What it would do.
    pub action: Action,
    /// `Pending` when there is something to do, else `Skipped` or `Failed`.
    pub status: ItemStatus,
    /// Field by field.
    pub changes: Vec<Change>,
    /// Items that have to succeed first.
    pub depends_on: Vec<u32>,
    /// Why it is a conflict or is skipped.
    pub error: Option<Box<ItemError>>,
    /// The object that is there already.
    pub result: Option<Box<ItemResult>>,
    /// What a person should know before it runs, a sentence each.
    pub notes: Vec<String>,
    /// What the operation wants to remember from planning (ids it looked up), as JSON.
    pub found: Option<Box<RawValue>>,
}

/// An item as the runner needs it.
#[derive(Clone, Debug)]
pub struct StoredItem {
    /// Place in the job.
    pub index: u32,
    /// `create_group` …
    pub operation: String,
    /// What it is about.
    pub target: String,
    /// The validated parameters.
    pub params: Box<RawValue>,
    /// What its target has to look like for it to make sense.
    pub expects: Option<Box<RawValue>>,
    /// What planning remembered.
    pub found: Option<Box<RawValue>>,
    /// What it would do; `None` before planning.
    pub action: Option<Action>,
    /// Where it stands.
    pub status: ItemStatus,
    /// How many times a write was sent for it.
    pub attempts: u32,
    /// How many of its writes are done.
    pub step: u32,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Field by field, what the plan says would change: a list of [`Change`], as JSON. `None`: nothing.
    pub changes: Option<Box<RawValue>>,
    /// Items that have to succeed first.
    pub depends_on: Vec<u32>,
    /// The object it made or found.
    pub result: Option<ItemResult>,
    /// Where it came from.
    pub source: Source,
}

impl StoredItem {
    /// What the plan says would change.
    ///
    /// # Errors
    /// Another version stored something else.
    pub fn changes(&self) -> serde_json::Result<Vec<Change>> {
        match &self.changes {
            Some(changes) => serde_json::from_str(changes.get()),
            None => Ok(Vec::new()),
        }
    }
}

/// Which items to list. Absent parts do not filter.
#[derive(Clone, Debug, Default)]
pub struct ItemFilter {
    /// Only items in one of these; empty means all.
    pub status: Vec<ItemStatus>,
    /// Only items that would do one of these; empty means all.
    pub action: Vec<Action>,
    /// Only items whose error has this code.
    pub code: Option<String>,
    /// Only items whose target contains this text.
    pub text: Option<String>,
    /// Only items after this index (the cursor).
    pub after: Option<u32>,
    /// At most so many, 1 to 10,000.
    pub limit: u32,
}

/// A page of items by index.
#[derive(Clone, Debug)]
pub struct ItemPage {
    /// The items.
    pub items: Vec<Item>,
    /// Pass as `after` to go on; `None` at the end.
    pub next: Option<u32>,
}

/// An item as it was asked for, with what became of it.
#[derive(Clone, Debug)]
pub struct ItemRow {
    /// Place in the job.
    pub index: u32,
    /// `create_group` …
    pub operation: String,
    /// The validated parameters.
    pub params: Box<RawValue>,
    /// What its row of the input said, as it was given.
    pub input: Option<Box<RawValue>>,
    /// Where it stands.
    pub status: ItemStatus,
    /// Why it failed or is skipped.
    pub error: Option<ItemError>,
    /// The object it made or found.
    pub result: Option<ItemResult>,
}

/// The items of jobs.
#[async_trait]
pub trait Items: Send + Sync {
    /// A page of a job's items in order; empty for an unknown job.
    async fn items(&self, job: JobId, filter: &ItemFilter) -> Result<ItemPage>;

    /// Up to `limit` items after `after`, in order, with their parameters.
    async fn load_items(&self, job: JobId, after: Option<u32>, limit: u32) -> Result<Vec<StoredItem>>;

    /// A page of a job's items in order, as they were asked for; the next one begins after the last of it.
    async fn item_rows(&self, job: JobId, filter: &ItemFilter) -> Result<Vec<ItemRow>>;

    /// Records what planning found; the job's counts follow. Repeatable.
    ///
    /// # Errors
    /// `LeaseLost`.
    async fn record_plan(&self, lease: &Lease, items: Vec<PlannedItem>) -> Result<()>;

    /// How many items there are of each action and status, for summaries.
    async fn count_items(&self, job: JobId) -> Result<Vec<(Option<Action>, ItemStatus, u32)>>;

    /// Leaves to people what was under way in cancelled jobs that nobody holds any more: such items
    /// become `unconfirmed` with this to look at; the jobs' counts follow. Returns how many. Repeatable.
    ///
    /// No runner ever comes back to a cancelled job, so nobody else would.
    async fn leave_cancelled(&self, look_at: &LookAt) -> Result<u64>;

    /// Puts these in the place of all items of a job that is being planned; its counts begin anew. Repeatable.
    /// With a quota, its owner has no more items that have not ended than that allows.
    ///
    /// # Errors
    /// `LeaseLost`; `QuotaExceeded`, and the job has the items it had.
    async fn replace_items(
        &self,
        lease: &Lease,
        items: Vec<NewItem>,
        quota: Option<(&UserKey, Quota)>,
    ) -> Result<()>;

    /// Records how items that the job has dealt with compare with GitLab now; empty means as they were left.
    /// The moment becomes the job's `verifiedAt`, and it has no `verificationError` any more. Repeatable.
    async fn record_differences(&self, job: JobId, found: Vec<(u32, Vec<Change>)>) -> Result<()>;

    /// Records why a job could not be compared with GitLab, or that this is being tried again (`None`). Repeatable.
    async fn record_verification_error(&self, job: JobId, error: Option<ItemError>) -> Result<()>;

    /// Settles an `unconfirmed` item by a person's word; the job's counts follow.
    /// Returns false when it was not unconfirmed; then nothing has changed.
    ///
    /// With `reopen` the job is one that nobody runs afterwards: a completed one is opened again for this reason, in
    /// the same step; one that is paused or failed stays so.
    ///
    /// # Errors
    /// `IllegalTransition` when the job is to be opened and cannot be; then nothing has changed.
    async fn settle_item(
        &self,
        job: JobId,
        index: u32,
        status: ItemStatus,
        reopen: Option<&str>,
    ) -> Result<bool>;
}

//! What happens to jobs, told to whoever listens in this process: Socket.IO, progress bars, tests.
//!
//! An event is never the only record of anything: each carries the job's version, and the database has
//! the whole truth. A listener that is too slow misses events and reads the job instead.

use std::sync::Arc;

use domain::{ItemError, ItemResult, Job, JobId, UserKey};
use serde::Serialize;
use tokio::sync::broadcast;

use crate::operation::ObjectKind;

/// Something that happened to a job.
#[derive(Clone, Debug)]
pub struct Event {
    /// Whose job it is; only they (and those who subscribed with a right to) may be told.
    pub owner: UserKey,
    /// The job.
    pub job: JobId,
    /// Its version then.
    pub version: u64,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum What {
    /// It was made.
    Created(Arc<Job>),
    /// Its plan is complete.
    Planned(Arc<Job>),
    /// A runner took it.
    Started(Arc<Job>),
    /// Items ended, or its waiting changed. Many in a second: listeners for people thin them out.
    Progress(Arc<Job>),
    /// Items that succeeded.
    ItemsSucceeded(Arc<[ItemEnd]>),
    /// Items that failed.
    ItemsFailed(Arc<[ItemEnd]>),
    /// It waits for a person.
    Paused(Arc<Job>),
    /// Every item has ended.
    Completed(Arc<Job>),
    /// It could not go on.
    Failed(Arc<Job>),
    /// A person ended it.
    Cancelled(Arc<Job>),
}

/// An item that has ended, as it is told.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemEnd {
    /// Place in the job.
    pub index: u32,
    /// `create_group` …
    pub operation: String,
    /// What it was about.
    pub target: String,
    /// What it made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<ItemResult>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ItemError>,
    /// What is different at GitLab since; of an item that succeeded.
    #[serde(skip)]
    pub touched: Option<Touched>,
}

/// The group or project that an item made or changed, or in which it changed something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// Which of the two.
    pub kind: ObjectKind,
    /// GitLab's number.
    pub id: u64,
    /// Full path, as it was when the item was planned or as GitLab answered since.
    pub full_path: String,
    /// What of it.
    pub part: TouchedPart,
}

/// How much of a group or project an item touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TouchedPart {
    /// It is new, in the group with this number (`None`: at the top, or in somebody's own name space).
    New(Option<u64>),
    /// The object as a whole.
    Whole,
    /// Something that belongs to it: GitLab's word for it (`member`, `variable`), and its name there.
    Of(&'static str, String),
}

/// Where events are told. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Events {
    sender: broadcast::Sender<Event>,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            sender: broadcast::channel(1024).0,
        }
    }
}

impl Events {
    /// Everything that happens from now on.
    pub fn listen(&self) -> broadcast::Receiver<Event> {
        self.sender.subscribe()
    }

    /// Tells everybody; it is fine when nobody listens.
    pub(crate) fn tell(&self, job: &Job, what: What) {
        let _ = self.sender.send(Event {
            owner: job.owner(),
            job: job.id,
            version: job.version,
            what,
        });
    }

    /// As [`Events::tell`], of a change of the whole job.
    pub(crate) fn tell_job(&self, job: &Job, what: impl FnOnce(Arc<Job>) -> What) {
        self.tell(job, what(Arc::new(job.clone())));
    }

    /// Whether telling is worth building the event for.
    pub(crate) fn has_listeners(&self) -> bool {
        self.sender.receiver_count() > 0
    }
}

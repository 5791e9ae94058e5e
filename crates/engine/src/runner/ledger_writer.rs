//! Group commit: what many items have to say at one moment becomes one transaction.
//!
//! Items hand in intents and wait until they are on disk; they hand in evidence and go on. A single
//! task gathers whatever has come meanwhile and commits it together, so that one flush to disk serves
//! dozens of items. Order is kept: what was handed in first is never committed later than what came after.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::{Clock, ItemStatus, JobStatus};
use storage::{Committed, Evidence, Intent, ItemChange, Lease, LedgerBatch, Progress, Storage, StorageError};
use tokio::sync::{mpsc, oneshot, watch};

use crate::failpoint::{self, Failpoints};

/// Entries that may wait for their turn; beyond it items wait to hand theirs in.
const QUEUE: usize = 4096;
/// Entries in one transaction.
const BATCH: usize = 256;
/// How often evidence is offered to a database that fails, and how long between.
const TRIES: u32 = 20;
const BETWEEN_TRIES: Duration = Duration::from_millis(500);

/// Why nothing more may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// A person (or a limit) changed the job's status to this.
    Status(JobStatus),
    /// Another runner holds the job.
    LeaseLost,
    /// The database takes nothing more; evidence would be lost.
    Storage,
}

pub(crate) enum Entry {
    /// Something about to be sent; answered once it is on disk.
    Intent {
        intent: Intent,
        change: ItemChange,
        done: oneshot::Sender<Result<(), Stop>>,
    },
    /// What came of it (and how the item stands now).
    Evidence {
        evidence: Option<Evidence>,
        change: Option<ItemChange>,
    },
    /// How fast the job goes.
    Progress(Progress),
}

/// The items' side of the ledger.
#[derive(Clone)]
pub(crate) struct LedgerWriter {
    entries: mpsc::Sender<Entry>,
    stop: watch::Receiver<Option<Stop>>,
    failpoints: Failpoints,
}

impl LedgerWriter {
    /// Starts the task. It ends when the last writer is dropped and everything is on disk.
    /// `committed` is told after every transaction.
    pub(crate) fn start(
        storage: Arc<dyn Storage>,
        lease: Lease,
        clock: Arc<dyn Clock>,
        failpoints: Failpoints,
        committed: impl FnMut(Committed, &LedgerBatch) + Send + 'static,
    ) -> (Self, tokio::task::JoinHandle<Result<(), StorageError>>) {
        let (entries, receiver) = mpsc::channel(QUEUE);
        let (stopped, stop) = watch::channel(None);
        let task = Task {
            storage,
            lease,
            clock,
            receiver,
            stopped,
            failpoints: failpoints.clone(),
            committed,
        };
        let writer = Self {
            entries,
            stop,
            failpoints,
        };
        (writer, tokio::spawn(task.run()))
    }

    /// Commits an intent. When this returns `Ok`, it is on disk and may be sent: also in a job that somebody has
    /// stopped, when it is a further write of an item that has begun.
    pub(crate) async fn intend(&self, intent: Intent, change: ItemChange) -> Result<(), Stop> {
        self.failpoints.pass(failpoint::BEFORE_INTENT).await;
        let (done, answer) = oneshot::channel();
        let entry = Entry::Intent { intent, change, done };
        if self.entries.send(entry).await.is_err() {
            return Err(self.stopped().unwrap_or(Stop::Storage));
        }
        answer
            .await
            .unwrap_or_else(|_| Err(self.stopped().unwrap_or(Stop::Storage)))
    }

    /// Hands in evidence; it is on disk no later than anything that is handed in afterwards.
    pub(crate) async fn record(&self, evidence: Option<Evidence>, change: Option<ItemChange>) {
        self.failpoints.pass(failpoint::AFTER_ANSWER).await;
        // When the task is gone, the ledger could not be written: the intent stays open, to be settled.
        let _ = self.entries.send(Entry::Evidence { evidence, change }).await;
    }

    /// Hands in how fast the job goes; lost when the queue is full.
    pub(crate) fn progress(&self, progress: Progress) {
        let _ = self.entries.try_send(Entry::Progress(progress));
    }

    /// Why nothing more may be sent, once that is so.
    pub(crate) fn stopped(&self) -> Option<Stop> {
        *self.stop.borrow()
    }

    /// Resolves once nothing more may be sent.
    pub(crate) async fn wait_stopped(&mut self) -> Stop {
        match self.stop.wait_for(Option::is_some).await {
            Ok(stop) => stop.unwrap_or(Stop::Storage),
            Err(_) => Stop::Storage,
        }
    }
}

struct Task<F> {
    storage: Arc<dyn Storage>,
    lease: Lease,
    clock: Arc<dyn Clock>,
    receiver: mpsc::Receiver<Entry>,
    stopped: watch::Sender<Option<Stop>>,
    failpoints: Failpoints,
    committed: F,
}

impl<F: FnMut(Committed, &LedgerBatch) + Send> Task<F> {
    async fn run(mut self) -> Result<(), StorageError> {
        let mut entries = Vec::with_capacity(BATCH);
        while self.receiver.recv_many(&mut entries, BATCH).await > 0 {
            let (batch, waiting) = gather(entries.drain(..));
            match commit(&*self.storage, &self.lease, &*self.clock, &batch).await {
                Ok(committed) => {
                    self.failpoints.pass(failpoint::AFTER_EVIDENCE).await;
                    let verdict = if committed.status == JobStatus::Running {
                        Ok(())
                    } else {
                        let stop = Stop::Status(committed.status);
                        self.stopped.send_replace(Some(stop));
                        Err(stop)
                    };
                    for Waiting { done, goes_on } in waiting {
                        let _ = done.send(if goes_on { Ok(()) } else { verdict });
                    }
                    (self.committed)(committed, &batch);
                }
                Err(error) => {
                    let stop = match error {
                        StorageError::LeaseLost(_) => Stop::LeaseLost,
                        _ => Stop::Storage,
                    };
                    self.stopped.send_replace(Some(stop));
                    for Waiting { done, .. } in waiting {
                        let _ = done.send(Err(stop));
                    }
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

/// Commits the batch; a failing database is asked again, for evidence must not be lost lightly.
async fn commit(
    storage: &dyn Storage,
    lease: &Lease,
    clock: &dyn Clock,
    batch: &LedgerBatch,
) -> Result<Committed, StorageError> {
    let mut tries = 0;
    loop {
        match storage.commit(lease, batch).await {
            Err(StorageError::Unavailable(cause)) if tries < TRIES => {
                tries += 1;
                tracing::warn!(job = %lease.job, %cause, tries, "the ledger could not be written; trying again");
                clock.sleep(BETWEEN_TRIES).await;
            }
            other => return other,
        }
    }
}

/// Who waits for an intent.
struct Waiting {
    done: oneshot::Sender<Result<(), Stop>>,
    /// Its item has begun: the job takes the intent however it stands.
    goes_on: bool,
}

/// One batch of all entries, with at most one change per item: the last one.
fn gather(entries: impl Iterator<Item = Entry>) -> (LedgerBatch, Vec<Waiting>) {
    let mut batch = LedgerBatch::default();
    let mut waiting = Vec::new();
    let mut places: HashMap<u32, usize> = HashMap::new();
    let mut change_item = |items: &mut Vec<ItemChange>, change: ItemChange| {
        if let Some(&place) = places.get(&change.item) {
            // What an earlier write of the item has made stays known.
            let made = items[place].result.take();
            items[place] = ItemChange {
                result: change.result.or(made),
                ..change
            };
        } else {
            places.insert(change.item, items.len());
            items.push(change);
        }
    };
    for entry in entries {
        match entry {
            Entry::Intent { intent, change, done } => {
                waiting.push(Waiting {
                    done,
                    goes_on: intent.call > 0,
                });
                batch.intents.push(intent);
                change_item(&mut batch.items, change);
            }
            Entry::Evidence { evidence, change } => {
                batch.evidence.extend(evidence);
                if let Some(change) = change {
                    change_item(&mut batch.items, change);
                }
            }
            Entry::Progress(progress) => batch.progress = Some(progress),
        }
    }
    (batch, waiting)
}

/// The change of an item that begins an attempt.
pub(crate) fn running(item: u32, step: u32, attempts: u32, at: domain::Timestamp) -> ItemChange {
    ItemChange {
        item,
        step,
        status: ItemStatus::Running,
        attempts,
        error: None,
        look_at: None,
        result: None,
        at,
    }
}

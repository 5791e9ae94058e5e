use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use domain::{Clock, Job, Timestamp, UserKey};
use engine::Actor;
use serde_json::json;
use serde_json::value::to_raw_value;
use storage::{AuditEntry, AuditOutcome, Storage};
use tokio::sync::{mpsc, oneshot};

use super::hash::hex;
use super::reads::Reads;
use crate::address::counted_as;
use crate::settings::{InboundLimit, ServerSettings};
use crate::windows::Windows;

/// So many rows at most are written together.
const TOGETHER: usize = 256;
/// While the database is gone, so many rows wait for it; then the oldest are only in the log.
const MOST_WAITING: usize = 10_000;
/// How often a database that is gone is tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// Refusals of one address that are recorded one by one. Guessing must not fill the disk.
const REFUSALS: InboundLimit = InboundLimit {
    window: Duration::from_mins(1),
    requests: 60,
};

/// Takes down what happens. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Audit {
    rows: mpsc::UnboundedSender<Message>,
    clock: Arc<dyn Clock>,
    reads: Arc<Reads>,
    refusals: Arc<Windows<IpAddr>>,
}

#[derive(Debug)]
struct Message {
    /// Without one, somebody only waits for what came before.
    entry: Option<AuditEntry>,
    written: Option<oneshot::Sender<()>>,
}

impl Audit {
    /// Begins to write, in a task that ends when the last clone is gone.
    pub(crate) fn begin(storage: Arc<dyn Storage>, clock: Arc<dyn Clock>, settings: &ServerSettings) -> Self {
        let (rows, received) = mpsc::unbounded_channel();
        tokio::spawn(write(
            storage,
            Arc::clone(&clock),
            settings.node.clone(),
            received,
        ));
        Self {
            rows,
            reads: Arc::default(),
            refusals: Arc::new(Windows::new(REFUSALS, Arc::clone(&clock))),
            clock,
        }
    }

    /// Takes something down and returns when it is on disk, or when it is known that it cannot be at present; it is
    /// tried again then.
    pub(crate) async fn record(&self, entry: AuditEntry) {
        self.send(Some(entry)).await;
    }

    /// Takes something down without waiting.
    pub(crate) fn note(&self, entry: AuditEntry) {
        let _ = self.rows.send(Message {
            entry: Some(entry),
            written: None,
        });
    }

    /// Takes down a refusal, or what nobody in particular tried, unless there is too much of it from one address.
    pub(crate) fn note_refusal(&self, mut entry: AuditEntry, from: IpAddr) {
        let standing = self.refusals.take(counted_as(from));
        if !standing.within {
            return;
        }
        if standing.remaining == 0 {
            let word =
                json!({ "more": "further refusals of this address within the minute are only logged" });
            entry.details = to_raw_value(&word).ok();
        }
        self.note(entry);
    }

    /// Counts a read.
    pub(crate) fn count_read(&self, actor: &Actor) {
        self.reads.count(&actor.user, &actor.username);
    }

    /// Takes down that a job is worked on here, or has ended. What it wrote stands in its ledger.
    pub(crate) fn note_job(&self, action: &str, job: &Job, outcome: AuditOutcome, at: Timestamp) {
        let details = json!({
            "type": job.kind,
            "status": job.status,
            "total": job.total,
            "successCount": job.success_count,
            "failureCount": job.failure_count,
            "ledger": format!("/api/jobs/{}/items", job.id),
        });
        let (user, username) = (job.owner(), job.user.username.clone());
        self.note(AuditEntry {
            at,
            via: Some(format!("job:{}", job.id)),
            details: to_raw_value(&details).ok(),
            outcome,
            ..self.own(user, username, action, format!("job {}", job.id))
        });
    }

    /// Takes down how often each user has read since this was last called.
    pub(crate) fn tell_reads(&self) {
        for (user, count) in self.reads.take() {
            let details = json!({ "requests": count.reads });
            self.note(AuditEntry {
                details: to_raw_value(&details).ok(),
                ..self.own(user, count.username, "reads", String::new())
            });
        }
    }

    /// Returns when everything that was taken down before is on disk.
    pub(crate) async fn flush(&self) {
        self.send(None).await;
    }

    /// What this server says by itself about a user.
    fn own(&self, user: UserKey, username: String, action: &str, target: String) -> AuditEntry {
        AuditEntry {
            at: self.clock.now(),
            instance: Some(user.instance),
            user_id: Some(user.user_id),
            username: Some(username),
            via: None,
            address: None,
            action: action.to_owned(),
            target,
            outcome: AuditOutcome::Succeeded,
            status: None,
            request_id: None,
            details: None,
        }
    }

    async fn send(&self, entry: Option<AuditEntry>) {
        let (written, wait) = oneshot::channel();
        let message = Message {
            entry,
            written: Some(written),
        };
        if self.rows.send(message).is_ok() {
            // Dropped when the server ends first.
            let _ = wait.await;
        }
    }
}

async fn write(
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    node: String,
    mut received: mpsc::UnboundedReceiver<Message>,
) {
    let (mut messages, mut entries) = (Vec::new(), Vec::new());
    loop {
        if received.recv_many(&mut messages, TOGETHER).await == 0 {
            return;
        }
        let mut waiting = Vec::new();
        for message in messages.drain(..) {
            entries.extend(message.entry);
            waiting.extend(message.written);
        }
        let written = keep(&*storage, &node, &mut entries).await;
        for waiting in waiting {
            let _ = waiting.send(());
        }
        if !written {
            clock.sleep(AGAIN).await;
        }
    }
}

/// Writes the entries down and forgets them; false when the database cannot be written at present.
async fn keep(storage: &dyn Storage, node: &str, entries: &mut Vec<AuditEntry>) -> bool {
    match storage.append_audit(node, entries).await {
        Ok(checkpoint) => {
            entries.clear();
            if let Some(checkpoint) = checkpoint {
                let hash = hex(&checkpoint.hash);
                tracing::info!(node, seq = checkpoint.seq, hash, "Checkpoint of the audit trail");
            }
            true
        }
        Err(error) => {
            let waiting = entries.len();
            tracing::error!(%error, waiting, "The audit trail cannot be written; trying again");
            for lost in entries.drain(..waiting.saturating_sub(MOST_WAITING)) {
                tracing::error!(entry = ?lost, "An entry of the audit trail is only here");
            }
            false
        }
    }
}

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};

use redis::Pipeline;
use tokio::sync::{mpsc, oneshot};

use super::word::{Said, Word};
use super::{Nodes, Shared};
use crate::metrics::Metrics;

/// So much waits to be told at most. What is more is as good as lost: the others are told that.
const MOST_WAITING: usize = 4096;
/// So much is told in one go at most.
const AT_ONCE: usize = 128;

/// What this node has to tell, in order.
pub(super) struct Outbox {
    sender: mpsc::Sender<Waiting>,
    receiver: Mutex<Option<mpsc::Receiver<Waiting>>>,
    /// Something could not be told.
    owes: AtomicBool,
    metrics: Metrics,
}

struct Waiting {
    text: Vec<u8>,
    told: Option<oneshot::Sender<()>>,
}

impl Outbox {
    pub(super) fn new(metrics: Metrics) -> Self {
        let (sender, receiver) = mpsc::channel(MOST_WAITING);
        Self {
            sender,
            receiver: Mutex::new(Some(receiver)),
            owes: AtomicBool::new(false),
            metrics,
        }
    }

    pub(super) fn put(&self, by: u64, word: &Word) {
        self.push(by, word, None);
    }

    /// Returns when it is told, or cannot be.
    pub(super) async fn put_and_wait(&self, by: u64, word: &Word) {
        let (told, done) = oneshot::channel();
        self.push(by, word, Some(told));
        // Dropped when it could not be told; then it is owed.
        let _ = done.await;
    }

    fn push(&self, by: u64, word: &Word, told: Option<oneshot::Sender<()>>) {
        // Nothing in a word can fail to be written as JSON.
        let Ok(text) = serde_json::to_vec(&Said { by, word }) else {
            return;
        };
        if self.sender.try_send(Waiting { text, told }).is_err() {
            self.owe();
        }
    }

    /// Something could not be told.
    pub(super) fn owe(&self) {
        self.owes.store(true, Ordering::Release);
    }

    /// Whether something could not be told since this was last asked.
    pub(super) fn take_debt(&self) -> bool {
        self.owes.swap(false, Ordering::AcqRel)
    }
}

/// Tells what is put into the outbox, until nobody is left to put anything in.
pub(super) async fn speak(nodes: Nodes) {
    let Some(shared) = nodes.0 else { return };
    let taken = {
        let mut receiver = shared
            .outbox
            .receiver
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        receiver.take()
    };
    let Some(mut receiver) = taken else { return };
    let channel = shared.address.channel("words");
    let mut batch = Vec::with_capacity(AT_ONCE);
    while receiver.recv_many(&mut batch, AT_ONCE).await > 0 {
        tell(&shared, &channel, &mut batch).await;
    }
}

async fn tell(shared: &Shared, channel: &str, batch: &mut Vec<Waiting>) {
    let mut pipeline = Pipeline::with_capacity(batch.len());
    for waiting in &*batch {
        pipeline.publish(channel, waiting.text.as_slice()).ignore();
    }
    let count = batch.len();
    let told = shared
        .line
        .ask(async |connection| pipeline.exec_async(connection).await)
        .await;
    match told {
        Some(()) => {
            shared.outbox.metrics.redis_words_said(count);
            for waiting in batch.drain(..) {
                waiting.told.map(|told| told.send(()));
            }
        }
        None => {
            shared.outbox.owe();
            batch.clear();
        }
    }
}

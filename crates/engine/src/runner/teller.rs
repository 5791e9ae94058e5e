//! Tells listeners what was committed.

use std::sync::Arc;

use domain::{Clock, ItemStatus, Job};
use storage::{Committed, LedgerBatch};

use super::Run;
use super::graph::{Graph, Names};
use super::touches::Touches;
use crate::events::{Events, ItemEnd, What};

/// Tells listeners what was committed.
pub(super) struct Teller {
    events: Events,
    job: std::sync::Mutex<Job>,
    names: Arc<Names>,
    touches: Touches,
    clock: Arc<dyn Clock>,
}

impl Teller {
    pub(super) fn new(run: &Run, graph: &Graph, touches: Touches) -> Self {
        Self {
            events: run.events.clone(),
            job: std::sync::Mutex::new(run.job.clone()),
            names: graph.names(),
            touches,
            clock: Arc::clone(&run.clock),
        }
    }

    pub(super) fn tell(&self, committed: Committed, batch: &LedgerBatch) {
        let mut job = self.job.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        job.version = committed.version;
        job.status = committed.status;
        job.updated_at = self.clock.now();
        if let Some(progress) = batch.progress {
            job.items_per_second = Some(progress.items_per_second);
            job.estimated_completion = progress.estimated_completion;
        }
        let (mut succeeded, mut failed) = (Vec::new(), Vec::new());
        let listened_to = self.events.has_listeners();
        for change in batch.items.iter().filter(|change| change.status.has_ended()) {
            job.progress += 1;
            match change.status {
                ItemStatus::Succeeded => job.success_count += 1,
                ItemStatus::Failed => job.failure_count += 1,
                ItemStatus::Skipped => job.skipped_count += 1,
                ItemStatus::Unconfirmed => job.unconfirmed_count += 1,
                _ => {}
            }
            if !listened_to {
                continue;
            }
            let Some((operation, target)) = self.names.of(change.item) else {
                continue;
            };
            let end = ItemEnd {
                index: change.item,
                operation: operation.to_owned(),
                target: target.to_owned(),
                result: change.result.clone(),
                error: change.error.clone(),
                touched: self.touches.take(change.item),
            };
            match change.status {
                ItemStatus::Succeeded => succeeded.push(end),
                ItemStatus::Failed => failed.push(end),
                _ => {}
            }
        }
        if !listened_to {
            return;
        }
        if !succeeded.is_empty() {
            self.events.tell(&job, What::ItemsSucceeded(succeeded.into()));
        }
        if !failed.is_empty() {
            self.events.tell(&job, What::ItemsFailed(failed.into()));
        }
        self.events.tell_job(&job, What::Progress);
    }
}

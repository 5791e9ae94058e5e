//! Who takes what planning finds out, some at a time: a job of very many items is never in memory as a whole with
//! everything that its plan says.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use domain::{Action, ItemError, ItemStatus};
use storage::{Lease, PlannedItem, Storage, StorageError};
use tokio_util::task::AbortOnDropHandle;

use crate::plan::changed_since_plan;

/// Items handed on at a time.
pub(crate) const CHUNK: usize = 2_000;

/// Takes planned items, in their order, each once.
#[async_trait]
pub(crate) trait PlanTaker: Send {
    /// May change what becomes of an item; asked before it is taken.
    fn have_a_say(&mut self, _planned: &mut PlannedItem) {}

    /// Takes some; they may still be under way when this returns.
    async fn take(&mut self, planned: Vec<PlannedItem>) -> Result<(), StorageError>;

    /// Everything that was taken has arrived.
    async fn finish(&mut self) -> Result<(), StorageError>;
}

/// Writes them down, some while the next are made.
pub(crate) struct Recorder {
    storage: Arc<dyn Storage>,
    lease: Lease,
    left_out: HashMap<usize, ItemError>,
    under_way: Option<AbortOnDropHandle<Result<(), StorageError>>>,
}

impl Recorder {
    /// `left_out` are items that stay as they are whatever the plan says, by their index, and why.
    pub(crate) fn new(
        storage: &Arc<dyn Storage>,
        lease: &Lease,
        left_out: HashMap<usize, ItemError>,
    ) -> Self {
        Self {
            storage: Arc::clone(storage),
            lease: lease.clone(),
            left_out,
            under_way: None,
        }
    }
}

#[async_trait]
impl PlanTaker for Recorder {
    fn have_a_say(&mut self, planned: &mut PlannedItem) {
        if let Some(why) = self.left_out.remove(&(planned.index as usize)) {
            planned.action = Action::Skip;
            planned.status = ItemStatus::Skipped;
            planned.error = Some(Box::new(why));
        }
    }

    async fn take(&mut self, planned: Vec<PlannedItem>) -> Result<(), StorageError> {
        self.finish().await?;
        let (storage, lease) = (Arc::clone(&self.storage), self.lease.clone());
        self.under_way = Some(AbortOnDropHandle::new(tokio::spawn(async move {
            storage.record_plan(&lease, planned).await
        })));
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), StorageError> {
        let Some(under_way) = self.under_way.take() else {
            return Ok(());
        };
        match under_way.await {
            Ok(recorded) => recorded,
            Err(ended) => match ended.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The program ends.
                Err(ended) => Err(StorageError::Unavailable(Box::new(ended))),
            },
        }
    }
}

/// Compares them with how they were planned before, and writes down those that are not as they were and that nothing
/// was sent for.
pub(crate) struct Comparison {
    pub(crate) recorder: Recorder,
    /// Those whose first write may have been done, by index, with what has changed: if it turns out that it was not,
    /// it is not to be sent again.
    pub(crate) under_way: HashMap<u32, ItemError>,
}

#[async_trait]
impl PlanTaker for Comparison {
    async fn take(&mut self, planned: Vec<PlannedItem>) -> Result<(), StorageError> {
        let Recorder { storage, lease, .. } = &self.recorder;
        let Some(first) = planned.first() else {
            return Ok(());
        };
        let limit = u32::try_from(planned.len()).unwrap_or(u32::MAX);
        let before = storage
            .load_items(lease.job, first.index.checked_sub(1), limit)
            .await?;
        let mut changed = Vec::new();
        for (then, now) in before.iter().zip(planned) {
            if then.status.has_ended() || then.step > 0 {
                continue;
            }
            let Some(now) = changed_since_plan(then, now) else {
                continue;
            };
            if then.status == ItemStatus::Pending {
                changed.push(now);
            } else if let Some(error) = now.error {
                self.under_way.insert(then.index, *error);
            }
        }
        if changed.is_empty() {
            return Ok(());
        }
        self.recorder.take(changed).await
    }

    async fn finish(&mut self) -> Result<(), StorageError> {
        self.recorder.finish().await
    }
}

//! Reading the items of a job, some at a time: a job of very many is never in memory as a whole with everything that
//! is known of it.

use std::sync::Arc;

use domain::JobId;
use storage::{Storage, StorageError, StoredItem};
use tokio_util::task::AbortOnDropHandle;

/// Items read at a time.
const PAGE: u32 = 2_000;

/// The items of a job in their order. While some are looked at, the next are under way.
pub(crate) struct StoredItems {
    storage: Arc<dyn Storage>,
    job: JobId,
    next: Option<AbortOnDropHandle<Result<Vec<StoredItem>, StorageError>>>,
}

impl StoredItems {
    /// From the first one on.
    pub(crate) fn of(storage: &Arc<dyn Storage>, job: JobId) -> Self {
        let mut items = Self {
            storage: Arc::clone(storage),
            job,
            next: None,
        };
        items.read_on(None);
        items
    }

    /// The next of them; none after the last.
    pub(crate) async fn next(&mut self) -> Result<Vec<StoredItem>, StorageError> {
        let Some(under_way) = self.next.take() else {
            return Ok(Vec::new());
        };
        let page = match under_way.await {
            Ok(page) => page?,
            Err(ended) => match ended.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The program ends.
                Err(ended) => return Err(StorageError::Unavailable(Box::new(ended))),
            },
        };
        if let Some(last) = page.last() {
            self.read_on(Some(last.index));
        }
        Ok(page)
    }

    fn read_on(&mut self, after: Option<u32>) {
        let (storage, job) = (Arc::clone(&self.storage), self.job);
        self.next = Some(AbortOnDropHandle::new(tokio::spawn(async move {
            storage.load_items(job, after, PAGE).await
        })));
    }
}

//! Reading jobs and their items.

use domain::{Job, JobId};
use storage::{ItemFilter, ItemPage, JobFilter, JobPage, StorageError, StoredItem};

use super::{Actor, Engine, JobError};
use crate::stored_items::StoredItems;

impl Engine {
    /// A job that the actor may see.
    ///
    /// # Errors
    /// `NotFound`, also when it is somebody else's.
    pub async fn job(&self, id: JobId, actor: &Actor) -> Result<Job, JobError> {
        let record = self.inner.parts.storage.job(id).await?;
        record
            .map(|record| record.job)
            .filter(|job| may_see(job, actor))
            .ok_or(JobError::NotFound(id))
    }

    /// A page of the actor's jobs (everybody's on the instance, for its administrators), newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn jobs(&self, mut filter: JobFilter, actor: &Actor) -> Result<JobPage, JobError> {
        filter.instance = Some(actor.user.instance.clone());
        if !actor.administrator {
            filter.owner = Some(actor.user.clone());
        }
        Ok(self.inner.parts.storage.jobs(&filter).await?)
    }

    /// A page of a job's items.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn items(&self, id: JobId, filter: &ItemFilter, actor: &Actor) -> Result<ItemPage, JobError> {
        self.job(id, actor).await?;
        Ok(self.inner.parts.storage.items(id, filter).await?)
    }

    /// The job as it is remembered now.
    pub(super) async fn stands(&self, job: &Job) -> Result<Job, StorageError> {
        let record = self.inner.parts.storage.job(job.id).await?;
        record
            .map(|record| record.job)
            .ok_or(StorageError::JobNotFound(job.id))
    }

    /// A stored item, with its secrets.
    pub(crate) fn opened(&self, item: StoredItem) -> Result<StoredItem, JobError> {
        Ok(self.inner.secrets.open(item)?)
    }

    /// All items of a job, with their parameters.
    pub(crate) async fn all_items(&self, job: JobId) -> Result<Vec<StoredItem>, JobError> {
        // A list that grows by itself is copied at its largest.
        let mut items = Vec::with_capacity(self.total(job).await?);
        self.each_page(job, |page| {
            items.extend(page);
            Ok(())
        })
        .await?;
        Ok(items)
    }

    /// How many items a job has.
    pub(super) async fn total(&self, job: JobId) -> Result<usize, JobError> {
        let record = self.inner.parts.storage.job(job).await?;
        Ok(record.map_or(0, |record| record.job.total as usize))
    }

    /// Reads the items of a job in their order, some at a time, with their secrets.
    pub(super) async fn each_page(
        &self,
        job: JobId,
        mut take: impl FnMut(Vec<StoredItem>) -> Result<(), JobError> + Send,
    ) -> Result<(), JobError> {
        let mut items = StoredItems::of(&self.inner.parts.storage, job);
        loop {
            let page = items.next().await?;
            if page.is_empty() {
                return Ok(());
            }
            let opened = page.into_iter().map(|item| self.inner.secrets.open(item));
            take(opened.collect::<Result<_, _>>()?)?;
        }
    }
}

fn may_see(job: &Job, actor: &Actor) -> bool {
    job.gitlab_url == actor.user.instance && (actor.administrator || job.user_id == actor.user.user_id)
}

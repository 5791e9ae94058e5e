//! A person settles an item of which nobody can tell what became of it.

use domain::{Item, ItemStatus, JobId};
use storage::ItemFilter;

use crate::events::What;
use crate::{Actor, Engine, JobError};

/// What a person found out about an `unconfirmed` item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Resolution {
    /// It was done.
    Succeeded,
    /// It was not done, and is not to be.
    Failed,
    /// It was not done, and is to be tried again when the job is resumed.
    Retry,
}

impl Resolution {
    /// Every one, for messages.
    pub const ALLOWED: &'static str = "succeeded, failed or retry";

    /// The one with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "succeeded" => Some(Self::Succeeded),
            "failed" => Some(Self::Failed),
            "retry" => Some(Self::Retry),
            _ => None,
        }
    }

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Retry => "retry",
        }
    }

    const fn status(self) -> ItemStatus {
        match self {
            Self::Succeeded => ItemStatus::Succeeded,
            Self::Failed => ItemStatus::Failed,
            Self::Retry => ItemStatus::Pending,
        }
    }
}

impl Engine {
    /// Settles an `unconfirmed` item. `Retry` puts it back into a job that nobody runs: a completed one becomes
    /// paused, and it goes on when the job is resumed.
    ///
    /// # Errors
    /// `ItemNotFound`, `NotUnconfirmed`; `NotPossible` for a retry in a job that runs or was cancelled.
    pub async fn resolve(
        &self,
        id: JobId,
        index: u32,
        resolution: Resolution,
        actor: &Actor,
    ) -> Result<Item, JobError> {
        self.job(id, actor).await?;
        let item = self.item(id, index).await?;
        if item.status != ItemStatus::Unconfirmed {
            return Err(JobError::NotUnconfirmed(id, index, item.status));
        }
        // In one step: a job that is completed has no item that is pending, and is opened by nothing but one.
        let reopen = (resolution == Resolution::Retry)
            .then(|| format!("item {index} is to be tried again; resume the job"));
        let settled = self
            .storage()
            .settle_item(id, index, resolution.status(), reopen.as_deref())
            .await?;
        if !settled {
            let item = self.item(id, index).await?;
            return Err(JobError::NotUnconfirmed(id, index, item.status));
        }
        let job = self.job(id, actor).await?;
        self.events().tell_job(&job, What::Progress);
        self.item(id, index).await
    }

    async fn item(&self, job: JobId, index: u32) -> Result<Item, JobError> {
        let filter = ItemFilter {
            after: index.checked_sub(1),
            limit: 1,
            ..ItemFilter::default()
        };
        let page = self.storage().items(job, &filter).await?;
        page.items
            .into_iter()
            .find(|item| item.index == index)
            .ok_or(JobError::ItemNotFound(job, index))
    }
}

mod count;
mod differences;
mod leave;
mod list;
mod load;
mod plan;
mod replace;
mod row;
mod rows;
mod settle;

use async_trait::async_trait;
use domain::{Action, Change, ItemError, ItemStatus, JobId, LookAt, UserKey};

use super::Database;
use crate::{ItemFilter, ItemPage, ItemRow, Items, Lease, NewItem, PlannedItem, Quota, Result, StoredItem};

#[async_trait]
impl Items for Database {
    async fn items(&self, job: JobId, filter: &ItemFilter) -> Result<ItemPage> {
        list::items(self, job, filter).await
    }

    async fn load_items(&self, job: JobId, after: Option<u32>, limit: u32) -> Result<Vec<StoredItem>> {
        load::load_items(self, job, after, limit).await
    }

    async fn item_rows(&self, job: JobId, filter: &ItemFilter) -> Result<Vec<ItemRow>> {
        rows::item_rows(self, job, filter).await
    }

    async fn record_plan(&self, lease: &Lease, items: Vec<PlannedItem>) -> Result<()> {
        plan::record_plan(self, lease, &items).await
    }

    async fn count_items(&self, job: JobId) -> Result<Vec<(Option<Action>, ItemStatus, u32)>> {
        count::count_items(self, job).await
    }

    async fn leave_cancelled(&self, look_at: &LookAt) -> Result<u64> {
        leave::leave_cancelled(self, look_at).await
    }

    async fn replace_items(
        &self,
        lease: &Lease,
        items: Vec<NewItem>,
        quota: Option<(&UserKey, Quota)>,
    ) -> Result<()> {
        replace::replace_items(self, lease, &items, quota).await
    }

    async fn record_differences(&self, job: JobId, found: Vec<(u32, Vec<Change>)>) -> Result<()> {
        differences::record_differences(self, job, &found).await
    }

    async fn record_verification_error(&self, job: JobId, error: Option<ItemError>) -> Result<()> {
        differences::record_verification_error(self, job, error.as_ref()).await
    }

    async fn settle_item(
        &self,
        job: JobId,
        index: u32,
        status: ItemStatus,
        reopen: Option<&str>,
    ) -> Result<bool> {
        settle::settle_item(self, job, index, status, reopen).await
    }
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&[&str]] = &[
    count::STATEMENTS,
    differences::STATEMENTS,
    load::STATEMENTS,
    plan::STATEMENTS,
    replace::STATEMENTS,
    leave::STATEMENTS,
    settle::STATEMENTS,
];

#[cfg(test)]
pub(super) const TWINS: &[&[super::sql::Twins]] = &[leave::TWINS];

#[cfg(test)]
pub(super) use {list::select as page, load::LOAD};

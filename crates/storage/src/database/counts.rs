use domain::ItemStatus;

use super::bulk::runs;
use super::failure::Cell;
use super::pools::Transaction;
use super::sql::{Dialect, Sql};
use crate::Result;

/// By how much the counts of a job change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) progress: i64,
    pub(super) success: i64,
    pub(super) failure: i64,
    pub(super) skipped: i64,
    pub(super) unconfirmed: i64,
}

impl Counts {
    /// `items` items came to stand (or, if negative, no longer stand) like this.
    pub(super) fn add(&mut self, status: ItemStatus, items: i64) {
        if status.has_ended() {
            self.progress += items;
        }
        match status {
            ItemStatus::Succeeded => self.success += items,
            ItemStatus::Failed => self.failure += items,
            ItemStatus::Skipped => self.skipped += items,
            ItemStatus::Unconfirmed => self.unconfirmed += items,
            ItemStatus::Pending | ItemStatus::Running | ItemStatus::Cancelled => {}
        }
    }

    /// Takes away how these items stand in the database at this moment. Together with adding how
    /// they will stand, the counts stay exact even when a batch comes twice.
    pub(super) async fn take_away_present(
        &mut self,
        transaction: &mut Transaction,
        job: i64,
        items: &[u32],
    ) -> Result<()> {
        let cell = |column| Cell {
            table: "item_states",
            column,
            row: &job,
        };
        for run in runs(items) {
            let query = statuses(transaction.dialect(), job, run);
            let present: Vec<String> = transaction.run(query).values().await?;
            if present.len() != run.len() {
                // An item that does not exist, or one that is named twice.
                return Err(cell("idx").inconsistent());
            }
            for status in present {
                self.add(cell("status").known(ItemStatus::from_name(&status))?, -1);
            }
        }
        Ok(())
    }

    /// Adds these counts to the job's.
    pub(super) async fn apply(self, transaction: &mut Transaction, job: i64) -> Result<()> {
        if self == Self::default() {
            return Ok(());
        }
        transaction
            .query(ADD_COUNTS)
            .bind(job)
            .bind(self.progress)
            .bind(self.success)
            .bind(self.failure)
            .bind(self.skipped)
            .bind(self.unconfirmed)
            .execute()
            .await?;
        Ok(())
    }
}

const ADD_COUNTS: &str = "UPDATE jobs SET progress = progress + $2, success_count = success_count + $3, \
     failure_count = failure_count + $4, skipped_count = skipped_count + $5, \
     unconfirmed_count = unconfirmed_count + $6 WHERE number = $1";

/// Not grouped here: SQLite would then walk through all items of the job in the order of the groups.
pub(super) fn statuses(dialect: Dialect, job: i64, items: &[u32]) -> Sql {
    let mut query = Sql::new(dialect, "SELECT status FROM item_states WHERE job = ");
    query.push_bind(job).push(" AND idx IN (");
    let mut list = query.separated();
    for item in items {
        list.push_bind(i64::from(*item));
    }
    query.push(")");
    query
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[ADD_COUNTS];

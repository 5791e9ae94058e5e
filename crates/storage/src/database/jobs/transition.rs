use domain::{IllegalJobTransition, ItemError, ItemStatus, Job, JobEvent, JobId};

use super::find;
use super::row::{JobRow, columns};
use crate::database::Database;
use crate::database::counts::Counts;
use crate::database::failure::optional_json;
use crate::database::pools::Transaction;
use crate::database::sql::{Dialect, Sql};
use crate::{Lease, Result, StorageError};

const CANCEL_PENDING_ITEMS: &str =
    "UPDATE item_states SET status = $3, finished_at = $4 WHERE job = $1 AND status = $2";

pub(super) async fn move_job(
    database: &Database,
    id: JobId,
    event: JobEvent,
    reason: Option<&str>,
) -> Result<Job> {
    let mut step = Step::new(database, id, event);
    step.reason = reason;
    step.take(database).await
}

pub(super) async fn move_leased(
    database: &Database,
    lease: &Lease,
    event: JobEvent,
    detail: Option<&ItemError>,
) -> Result<Job> {
    let mut step = Step::new(database, lease.job, event);
    step.epoch = Some(lease.epoch);
    step.reason = detail.map(|detail| detail.message.as_str());
    step.error = optional_json(detail)?;
    step.take(database).await
}

/// Opens a completed job again, in a transaction that has put something back into it.
pub(in crate::database) async fn reopen(
    database: &Database,
    transaction: &mut Transaction,
    id: JobId,
    reason: &str,
) -> Result<()> {
    let mut step = Step::new(database, id, JobEvent::Reopen);
    step.reason = Some(reason);
    step.guarded(database, transaction).await?;
    Ok(())
}

/// One step in a job's life.
pub(super) struct Step<'a> {
    job: JobId,
    event: JobEvent,
    now: i64,
    /// By the runner of this epoch; `None`: by anybody.
    epoch: Option<i64>,
    reason: Option<&'a str>,
    error: Option<String>,
}

impl Step<'_> {
    pub(super) fn new(database: &Database, job: JobId, event: JobEvent) -> Self {
        Self {
            job,
            event,
            now: database.now().as_millis(),
            epoch: None,
            reason: None,
            error: None,
        }
    }

    async fn take(self, database: &Database) -> Result<Job> {
        let mut transaction = database.pools.write().await?;
        let mut row = self.guarded(database, &mut transaction).await?;
        if self.event == JobEvent::Cancel {
            let cancelled = transaction
                .query(CANCEL_PENDING_ITEMS)
                .bind(row.number)
                .bind(ItemStatus::Pending.name())
                .bind(ItemStatus::Cancelled.name())
                .bind(self.now)
                .execute()
                .await?;
            let mut counts = Counts::default();
            counts.add(ItemStatus::Cancelled, cancelled.cast_signed());
            counts.apply(&mut transaction, row.number).await?;
            row.count(counts);
        }
        transaction.commit().await?;
        row.job()
    }

    /// Moves the row, or says why it cannot be moved.
    async fn guarded(&self, database: &Database, transaction: &mut Transaction) -> Result<JobRow> {
        let row: Option<JobRow> = transaction
            .run(self.update(database.pools.dialect()))
            .optional()
            .await?;
        match row {
            Some(row) => Ok(row),
            None => Err(self.refusal(transaction).await?),
        }
    }

    /// The guarded statement: it touches the row only in a status that the event is possible in.
    pub(super) fn update(&self, dialect: Dialect) -> Sql {
        use JobEvent as E;

        let mut query = Sql::new(dialect, "UPDATE jobs SET version = version + 1, updated_at = ");
        query.push_bind(self.now);
        // Every event leads to one status, whatever the one before.
        if let Some(status) = self
            .event
            .possible_in()
            .find_map(|status| status.after(self.event).ok())
        {
            query.push(", status = ").push_bind(status.name());
        }
        match self.event {
            E::Planned => {
                query.push(", waiting_until = NULL, waiting_reason = NULL");
            }
            E::PlannedAndStarted | E::Start => {
                query
                    .push(", waiting_until = CASE WHEN not_before > ")
                    .push_bind(self.now)
                    .push(" THEN not_before END, waiting_reason = CASE WHEN not_before > ")
                    .push_bind(self.now)
                    .push(" THEN ")
                    .push_bind(crate::SCHEDULED)
                    .push(" END");
            }
            E::Claimed => {
                query
                    .push(", started_at = COALESCE(started_at, ")
                    .push_bind(self.now)
                    .push(")");
            }
            E::Yielded => {
                query
                    .push(", waiting_reason = COALESCE(")
                    .push_bind(self.reason)
                    .push(", waiting_reason)");
            }
            E::Pause => {
                query
                    .push(", waiting_until = NULL, waiting_reason = ")
                    .push_bind(self.reason);
            }
            E::Reopen => {
                query
                    .push(", waiting_until = NULL, finished_at = NULL, waiting_reason = ")
                    .push_bind(self.reason);
            }
            E::Resume | E::PlanAgain => {
                query.push(", resumed_at = ").push_bind(self.now);
                query.push(", waiting_until = NULL, waiting_reason = NULL, finished_at = NULL, error = NULL");
            }
            E::Finished | E::Cancel => {
                query
                    .push(", waiting_until = NULL, waiting_reason = NULL, finished_at = ")
                    .push_bind(self.now);
            }
            E::Broke => {
                query
                    .push(", waiting_until = NULL, waiting_reason = NULL, error = ")
                    .push_bind(self.error.as_deref())
                    .push(", finished_at = ")
                    .push_bind(self.now);
            }
        }
        if self.event != E::Claimed {
            // What was foreseen while it ran does not hold any more.
            query.push(", items_per_second = NULL, estimated_completion = NULL");
        }
        if self.epoch.is_some() && !matches!(self.event, E::Claimed | E::Start | E::Resume | E::PlanAgain) {
            query.push(", lease_owner = NULL, lease_until = NULL");
        }
        query
            .push(" WHERE id = ")
            .push_bind(self.job.to_string())
            .push(" AND status IN (");
        let mut list = query.separated();
        for status in self.event.possible_in() {
            list.push_bind(status.name());
        }
        query.push(")");
        if let Some(epoch) = self.epoch {
            query.push(" AND epoch = ").push_bind(epoch);
        }
        query.push(concat!(" RETURNING ", columns!()));
        query
    }

    /// Why the row was not touched.
    async fn refusal(&self, transaction: &mut Transaction) -> Result<StorageError> {
        let Some(row) = find::row(transaction.on(), self.job).await? else {
            return Ok(StorageError::JobNotFound(self.job));
        };
        if self.epoch.is_some_and(|epoch| epoch != row.epoch) {
            return Ok(StorageError::LeaseLost(self.job));
        }
        Ok(StorageError::IllegalTransition(IllegalJobTransition {
            from: row.status()?,
            event: self.event,
        }))
    }
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[CANCEL_PENDING_ITEMS];

mod commit;
mod last_attempts;
mod open_intents;

use async_trait::async_trait;
use domain::JobId;

use super::Database;
use crate::{Committed, LastAttempt, Lease, Ledger, LedgerBatch, OpenIntent, Result};

#[async_trait]
impl Ledger for Database {
    async fn commit(&self, lease: &Lease, batch: &LedgerBatch) -> Result<Committed> {
        commit::commit(self, lease, batch).await
    }

    async fn open_intents(&self, job: JobId) -> Result<Vec<OpenIntent>> {
        open_intents::open_intents(self, job).await
    }

    async fn last_attempts(&self, job: JobId) -> Result<Vec<LastAttempt>> {
        last_attempts::last_attempts(self, job).await
    }
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&[&str]] = &[last_attempts::STATEMENTS, open_intents::STATEMENTS];

#[cfg(test)]
pub(super) use {
    commit::{POSTGRES, SQLITE},
    open_intents::OPEN_INTENTS,
};

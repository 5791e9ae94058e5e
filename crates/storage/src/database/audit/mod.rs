mod append;
mod list;
mod purge;
mod row;
mod verify;

use async_trait::async_trait;
use domain::Timestamp;

use super::Database;
use crate::{Audit, AuditCheckpoint, AuditEntry, AuditFilter, AuditPage, AuditVerdict, Result};

#[cfg(test)]
pub(super) use list::page;

#[async_trait]
impl Audit for Database {
    async fn append_audit(&self, node: &str, entries: &[AuditEntry]) -> Result<Option<AuditCheckpoint>> {
        append::append(self, node, entries).await
    }

    async fn audit(&self, filter: &AuditFilter) -> Result<AuditPage> {
        list::list(self, filter).await
    }

    async fn purge_audit(&self, moment: Timestamp) -> Result<u64> {
        purge::purge(self, moment).await
    }

    async fn verify_audit(&self) -> Result<AuditVerdict> {
        verify::verify(self).await
    }
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&[&str]] = &[append::STATEMENTS, purge::STATEMENTS, verify::STATEMENTS];

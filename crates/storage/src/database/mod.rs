//! The traits of this crate in SQL.
//!
//! One text for SQLite and PostgreSQL: `$1` placeholders (or those that [`sql::Sql`] writes),
//! `RETURNING`, `ON CONFLICT`, times as milliseconds in BIGINT, JSON as text, words for enums.
//! Where they have to differ (locking clauses, whose clock a lease goes by) the twins stand beside each other
//! ([`sql::Twins`]), and [`sql`] runs either. Migrations are numbered alike in one folder per database.
//!
//! Every write begins with the row of its job, so that two writers of one job queue up there and
//! never in each other's way.

mod announcements;
mod api_keys;
mod audit;
mod bulk;
mod copy;
mod counts;
mod credentials;
mod failure;
mod grants;
mod items;
mod jobs;
mod lease_clock;
mod ledger;
#[cfg(test)]
#[cfg(feature = "conformance")]
mod newer_tables;
mod open;
mod pattern;
mod pools;
mod quotas;
mod sessions;
mod sql;
#[cfg(test)]
mod statements;

use std::sync::Arc;

use domain::{Clock, Timestamp};

pub use announcements::Announced;
pub use copy::{Examination, PUT_BACK};
use pools::Pools;

/// Everything that is remembered, in an SQL database.
///
/// Cheap to share behind an `Arc`; every method may be called by many tasks at once.
#[derive(Debug)]
pub struct Database {
    pools: Pools,
    /// Dates rows.
    clock: Arc<dyn Clock>,
    /// Whether leases run out by that clock too, and not by the database's own.
    time_is_handed_in: bool,
    announcements: announcements::Announcements,
    /// Removed with the database, when it was opened as a temporary one.
    _directory: Option<tempfile::TempDir>,
}

impl Database {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

//! What the product remembers: jobs, their items, the ledger, sessions and credentials.
//!
//! The traits are the contract; `Database` is the one implementation, in SQL. Callers hold an
//! `Arc<dyn Storage>` and never see SQL. The conformance suite (feature `conformance`) runs every
//! promise made here against whatever implements the traits.
//!
//! Three rules hold for all of it:
//! - A call is one transaction: it takes effect whole and durably, or not at all.
//! - No call waits for anything but the database.
//! - What a runner writes carries its [`Lease`]; a runner whose lease was taken over is refused
//!   ([`StorageError::LeaseLost`]) and has to stop.

mod announcements;
mod api_keys;
mod audit;
#[cfg(feature = "conformance")]
pub mod conformance;
mod credentials;
mod database;
mod error;
mod grants;
mod items;
mod jobs;
mod ledger;
mod postgres_address;
mod quotas;
mod sessions;

pub use announcements::{Announcement, Announcements};
pub use api_keys::{ApiKeyRecord, ApiKeys};
pub use audit::{
    Audit, AuditCheckpoint, AuditEntry, AuditFilter, AuditFlaw, AuditOutcome, AuditPage, AuditRow,
    AuditVerdict,
};
pub use credentials::Credentials;
pub use database::{Announced, Database, Examination, PUT_BACK};
pub use error::StorageError;
pub use grants::{GrantHolder, GrantRecord, Grants, RevocationRecord};
pub use items::{ItemFilter, ItemPage, ItemRow, Items, NewItem, PlannedItem, StoredItem};
pub use jobs::{
    Claimant, Created, Idempotency, JobFilter, JobPage, JobRecord, Jobs, Lease, Need, NewJob, Quota,
    SCHEDULED,
};
pub use ledger::{
    Committed, Evidence, EvidenceKind, Intent, ItemChange, LastAttempt, Ledger, LedgerBatch, OpenIntent,
    Progress,
};
pub use postgres_address::{InvalidPostgresAddress, PostgresAddress};
pub use quotas::{QuotaRecord, Quotas};
pub use sessions::{SessionRecord, Sessions};

/// The result of every call.
pub type Result<T> = std::result::Result<T, StorageError>;

/// Everything that is remembered, behind one object.
pub trait Storage:
    Jobs
    + Items
    + Ledger
    + Sessions
    + ApiKeys
    + Grants
    + Audit
    + Credentials
    + Quotas
    + Announcements
    + std::fmt::Debug
{
}
impl<T> Storage for T where
    T: Jobs
        + Items
        + Ledger
        + Sessions
        + ApiKeys
        + Grants
        + Audit
        + Credentials
        + Quotas
        + Announcements
        + std::fmt::Debug
{
}

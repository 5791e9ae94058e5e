//! A batch in one transaction: SQLite and PostgreSQL are told in ways of their own, because what is cheap in the one
//! is dear in the other.

mod postgres;
mod sqlite;
mod standing;

use crate::database::Database;
use crate::database::pools::Pools;
use crate::{Committed, Lease, LedgerBatch, Result};

pub(super) async fn commit(database: &Database, lease: &Lease, batch: &LedgerBatch) -> Result<Committed> {
    match &database.pools {
        Pools::Sqlite(pools) => sqlite::commit(pools, database.now(), lease, batch).await,
        Pools::Postgres(_) => postgres::commit(database, lease, batch).await,
    }
}

#[cfg(test)]
pub(in crate::database) use {postgres::STATEMENTS as POSTGRES, sqlite::STATEMENTS as SQLITE};

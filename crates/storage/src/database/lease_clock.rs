//! By which clock leases run out.

use std::time::Duration;

use super::Database;
use super::pools::Pools;

/// `$1` as the moment of a lease, as literal text. PostgreSQL goes by its own clock, the same for all nodes, as it
/// was when the statement was asked for; `$1` stands in for it where time is under test.
macro_rules! now {
    (sqlite) => {
        "$1"
    };
    (postgres) => {
        "COALESCE($1, (extract(epoch FROM statement_timestamp()) * 1000)::bigint)"
    };
}
pub(super) use now;

impl Database {
    /// What `$1` of a statement about leases is.
    pub(super) fn lease_time(&self) -> Option<i64> {
        match self.pools {
            Pools::Postgres(_) if !self.time_is_handed_in => None,
            // All processes on one SQLite file share a machine.
            _ => Some(self.now().as_millis()),
        }
    }
}

pub(super) fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

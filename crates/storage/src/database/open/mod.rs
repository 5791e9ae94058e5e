//! How a database is found, reached and brought up to date.

mod postgres;
mod sqlite;

use std::sync::Arc;

use domain::Clock;

pub(super) use sqlite::{SQLITE, one_at_a_time, private_file};

use super::Database;
use super::failure::unavailable;
use crate::{Result, StorageError};

/// Connections to PostgreSQL, unless another number is asked for.
const CONNECTIONS: u32 = 10;

impl Database {
    /// Opens a database and brings its tables up to date.
    ///
    /// `address` is a path, `sqlite://PATH` or `postgres://USER@HOST/NAME`. A missing file is made, readable by its
    /// owner only (mode 0600, its missing directories 0700); a database in PostgreSQL has to be there. Several
    /// processes may have one open.
    ///
    /// # Errors
    /// `UnsupportedAddress`; `TooOld`; `Unavailable` when the file cannot be opened, is no database, or was
    /// written by a newer version of this program, or when the server cannot be reached or does not let us in.
    pub async fn open(address: &str, clock: Arc<dyn Clock>) -> Result<Arc<Self>> {
        match scheme(address) {
            Some("postgres" | "postgresql") => {
                Self::open_postgres(&address.parse().map_err(unavailable)?, CONNECTIONS, clock).await
            }
            Some("sqlite") | None => Ok(Arc::new(Self::open_sqlite(address, clock).await?)),
            Some(other) => Err(StorageError::UnsupportedAddress(other.to_owned())),
        }
    }

    /// Ends all connections, after the statements under way. Later calls fail with `Unavailable`.
    ///
    /// Dropping the database without it loses nothing either.
    pub async fn close(&self) {
        self.pools.close().await;
    }
}

/// What kind of address it is; `None` for a path.
fn scheme(address: &str) -> Option<&str> {
    match address.split_once(':') {
        Some(("sqlite", _)) => Some("sqlite"),
        Some((scheme, rest)) if rest.starts_with("//") => Some(scheme),
        _ => None,
    }
}

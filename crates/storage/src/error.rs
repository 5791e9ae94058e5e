use domain::{IllegalJobTransition, JobId};

/// Why the database did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// Another runner holds the job now; the caller has to stop at once and send nothing more.
    #[error("the lease on job {0} was taken over by another runner")]
    LeaseLost(JobId),
    /// There is no such job.
    #[error("job {0} does not exist")]
    JobNotFound(JobId),
    /// The job's status does not allow it; nothing was changed.
    #[error(transparent)]
    IllegalTransition(#[from] IllegalJobTransition),
    /// The idempotency key was used before, by the same user, with another body.
    #[error("this Idempotency-Key was already used with another body")]
    IdempotencyConflict,
    /// The owner has as much as one may have; nothing was written.
    #[error("you have {open} that {have} not ended{more}, and nobody may have more than {limit}",
        open = counted(*used, what), have = if *used == 1 { "has" } else { "have" }, more = besides(*wanted))]
    QuotaExceeded {
        /// `jobs` or `items`.
        what: &'static str,
        /// The most there may be.
        limit: u64,
        /// How many there are.
        used: u64,
        /// How many more were to be made.
        wanted: u64,
    },
    /// The address names a database that cannot be used.
    #[error(
        "a database of the kind `{0}` is not supported; give a path, sqlite://PATH or postgres://USER@HOST/NAME"
    )]
    UnsupportedAddress(String),
    /// Another process has the database open; nothing was changed.
    #[error("the database is in use by another process")]
    InUse,
    /// The server is one that this program is not tested with.
    #[error("PostgreSQL {found} is too old; {oldest} or newer is needed")]
    TooOld {
        /// Its major version.
        found: i32,
        /// The oldest that is supported.
        oldest: i32,
    },
    /// A row holds what no version of this program writes.
    #[error("inconsistent row: {table}.{column} of {row}")]
    Inconsistent {
        /// Table name.
        table: &'static str,
        /// Column name.
        column: &'static str,
        /// The row's key, as text.
        row: String,
    },
    /// The database could not be reached, is full, or refused the statement.
    ///
    /// What was to be written is not written. A caller that needed it as evidence must stop sending.
    #[error("the database failed")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// `1 job`, `2 jobs`.
fn counted(number: u64, what: &str) -> String {
    match number {
        1 => format!("1 {}", what.trim_end_matches('s')),
        number => format!("{number} {what}"),
    }
}

fn besides(more: u64) -> String {
    if more > 1 {
        format!(" and want {more} more")
    } else {
        String::new()
    }
}

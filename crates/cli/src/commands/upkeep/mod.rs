//! Keeping an installation well: `doctor`, `backup`, `restore`.

pub(crate) mod backup;
pub(crate) mod doctor;
pub(crate) mod restore;

use std::path::Path;

use config::sections::data::DatabaseAt;

use crate::failure::Failure;

/// The file of the embedded database.
///
/// # Errors
/// It is in PostgreSQL; `instead` says what to do there.
fn embedded<'d>(database: &'d DatabaseAt, instead: &str) -> Result<&'d Path, Failure> {
    database.file().ok_or_else(|| {
        let message = format!("this is for the embedded database, and DATABASE_URL names {database}");
        Failure::usage(message).advise(instead)
    })
}

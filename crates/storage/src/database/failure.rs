//! How failures of the database become [`StorageError`]s.

use std::error::Error;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Result, StorageError};

/// Whatever the database says (gone, busy, disk full, statement refused): nothing was written.
impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        unavailable(error)
    }
}

pub(super) fn unavailable(error: impl Error + Send + Sync + 'static) -> StorageError {
    StorageError::Unavailable(Box::new(error))
}

/// Where a value was read, for telling people which row is wrong.
#[derive(Clone, Copy)]
pub(super) struct Cell<'a> {
    pub(super) table: &'static str,
    pub(super) column: &'static str,
    pub(super) row: &'a (dyn std::fmt::Display + Sync),
}

impl Cell<'_> {
    pub(super) fn inconsistent(self) -> StorageError {
        StorageError::Inconsistent {
            table: self.table,
            column: self.column,
            row: self.row.to_string(),
        }
    }

    /// The value, when it means something.
    pub(super) fn known<T>(self, value: Option<T>) -> Result<T> {
        value.ok_or_else(|| self.inconsistent())
    }

    /// A number that fits.
    pub(super) fn number<T: TryFrom<i64>>(self, value: i64) -> Result<T> {
        self.known(value.try_into().ok())
    }

    pub(super) fn json<T: DeserializeOwned>(self, text: &str) -> Result<T> {
        self.known(serde_json::from_str(text).ok())
    }

    pub(super) fn optional_json<T: DeserializeOwned>(self, text: Option<&str>) -> Result<Option<T>> {
        text.map(|text| self.json(text)).transpose()
    }
}

/// JSON text of a value of ours.
pub(super) fn json<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(unavailable)
}

/// JSON text of a value that may be absent.
pub(super) fn optional_json<T: Serialize>(value: Option<&T>) -> Result<Option<String>> {
    value.map(json).transpose()
}

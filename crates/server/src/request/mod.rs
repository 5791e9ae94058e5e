//! What routes take from requests. Every refusal is in our envelope, with all problems at once.

mod body;
mod cursor;
mod fields;
mod form;
mod idempotency;
mod metered;
mod named;
mod query;
mod spool;

pub(crate) use body::{Body, BodyOfStranger};
pub(crate) use cursor::List;
pub(crate) use fields::{Fields, read as read_fields};
#[cfg(feature = "fuzzing")]
pub(crate) use form::parse as form;
pub(crate) use idempotency::IdempotencyKey;
#[cfg(feature = "fuzzing")]
pub(crate) use idempotency::key_of as idempotency_key;
pub(crate) use metered::Metered;
pub(crate) use named::{JobPath, KeyPath, SessionPath, UserPath};
pub(crate) use query::Query;
pub(crate) use spool::Spool;

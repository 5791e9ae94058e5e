//! Who did what: gathered here, written by one task, many rows to a transaction.

mod entry;
mod hash;
mod reads;
mod recorder;

pub(crate) use entry::{Audited, entry_of, outcome_of};
pub(crate) use hash::hex;
pub(crate) use recorder::Audit;

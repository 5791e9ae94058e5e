//! What is outside GitLab's name space: faults, limits, statistics, journal, reset.

mod api;
mod faults;
mod journal;
mod limits;
mod stats;

pub(crate) use api::{ControlRequest, answer};
pub(crate) use faults::Faults;
pub use faults::{Action, Fault, FaultMatch, InvalidFault};
pub(crate) use journal::Journal;
pub use journal::JournalEntry;
pub use limits::{EndpointLimit, InvalidLimits, LimitChanges};
pub(crate) use limits::{Limits, Throttled, Who};
pub(crate) use stats::Stats;
pub use stats::{Entities, StatsReport, Writes};

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
pub(crate) use limits::{Area, Caller, Limits, Throttled, Who};
pub use limits::{EndpointLimit, InvalidLimits, InvalidPreset, LimitChanges, LimitPreset};
pub(crate) use stats::Stats;
pub use stats::{Deliveries, Entities, StatsReport, Writes};

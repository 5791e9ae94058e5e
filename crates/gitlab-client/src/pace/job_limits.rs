use std::sync::Arc;

use domain::Clock;

use super::gate::{Gate, Patience, Places};
use super::new_party;

/// What a job may do at most, below the limits of its user. `None` means no limit of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct JobLimits {
    /// Requests per second.
    pub per_second: Option<f64>,
    /// Requests in flight.
    pub concurrency: Option<u32>,
}

/// One of several parties that take turns within a user's budget.
#[derive(Debug, Default)]
pub(crate) struct Job {
    /// 0 for whatever belongs to no job.
    pub(crate) party: u64,
    pub(crate) gate: Option<Gate>,
    /// Waits for a limit as long as it takes, instead of being told that it would be long.
    pub(crate) is_patient: bool,
}

impl Job {
    pub(crate) fn new(clock: Arc<dyn Clock>, limits: JobLimits, patience: Patience) -> Self {
        let limited = limits != JobLimits::default();
        let places = Places::undivided(limits.concurrency.unwrap_or(u32::MAX));
        Self {
            party: new_party(),
            gate: limited.then(|| Gate::new(clock, limits.per_second, places, patience)),
            is_patient: false,
        }
    }

    pub(crate) fn patient(self) -> Self {
        Self {
            is_patient: true,
            ..self
        }
    }
}

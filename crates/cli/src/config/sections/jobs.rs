use std::time::Duration;

use crate::config::reader::Reader;
use crate::config::variable::Variable;

const DAY: Duration = Duration::from_hours(24);

const MAX_CONCURRENT_JOBS: Variable = Variable::new("MAX_CONCURRENT_JOBS", "5")
    .allowed("1 to 1000")
    .means("Jobs that a server runs at once.");
const JOB_RETENTION_DAYS: Variable = Variable::new("JOB_RETENTION_DAYS", "90")
    .allowed("1 to 36500")
    .means("After so many days an ended job is purged with its items.");

pub(crate) const VARIABLES: &[Variable] = &[MAX_CONCURRENT_JOBS, JOB_RETENTION_DAYS];

/// How jobs are kept and run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jobs {
    pub(crate) at_once: u32,
    pub(crate) retention: Duration,
}

impl Jobs {
    pub(crate) fn read(read: &mut Reader<'_>) -> Self {
        Self {
            at_once: read.number(&MAX_CONCURRENT_JOBS, 1..=1_000),
            retention: DAY * read.number(&JOB_RETENTION_DAYS, 1..=36_500),
        }
    }
}

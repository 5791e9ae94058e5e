use std::time::Duration;

use engine::protected::{InvalidPattern, ProtectedPaths};

use crate::reader::Reader;
use crate::variable::Variable;

const DAY: Duration = Duration::from_hours(24);

const MAX_CONCURRENT_JOBS: Variable = Variable::new("MAX_CONCURRENT_JOBS", "5")
    .allowed("1 to 1000")
    .means("Jobs that a server runs at once. It plans as many besides.");
const JOB_RETENTION_DAYS: Variable = Variable::new("JOB_RETENTION_DAYS", "90")
    .allowed("1 to 36500")
    .means("After so many days an ended job is purged with its items.");
const AUDIT_RETENTION_DAYS: Variable = Variable::new("AUDIT_RETENTION_DAYS", "365")
    .allowed("1 to 36500")
    .means("After so many days a row of the audit trail is purged; what is left can still be verified.");
const PROTECTED_PATHS: Variable = Variable::new("PROTECTED_PATHS", "")
    .allowed("full paths, separated by commas; `*` stands for a part of a segment, `**` for any number of segments")
    .means(
        "Groups and projects that no job may delete, transfer or archive, nor anything that holds them. \
         `acme/prod` is that one, `acme/prod/**` everything below it.",
    );

pub(crate) const VARIABLES: &[Variable] = &[
    MAX_CONCURRENT_JOBS,
    JOB_RETENTION_DAYS,
    AUDIT_RETENTION_DAYS,
    PROTECTED_PATHS,
];

/// How jobs are kept and run.
#[derive(Clone, Debug)]
pub struct Jobs {
    /// Jobs that a server runs at once.
    pub at_once: u32,
    /// How long ended jobs are kept.
    pub retention: Duration,
    /// How long the audit trail is kept.
    pub audit_retention: Duration,
    /// What no job may delete, transfer or archive.
    pub protected: ProtectedPaths,
}

impl Jobs {
    pub(crate) fn read(read: &mut Reader<'_>) -> Self {
        Self {
            at_once: read.number(&MAX_CONCURRENT_JOBS, 1..=1_000),
            retention: DAY * read.number(&JOB_RETENTION_DAYS, 1..=36_500),
            audit_retention: DAY * read.number(&AUDIT_RETENTION_DAYS, 1..=36_500),
            protected: read
                .optional(&PROTECTED_PATHS, |text| {
                    text.parse().map_err(|error: InvalidPattern| error.to_string())
                })
                .unwrap_or_default(),
        }
    }
}

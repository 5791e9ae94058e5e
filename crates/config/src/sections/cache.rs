use std::time::Duration;

use crate::reader::Reader;
use crate::variable::Variable;

const CACHE_ENABLED: Variable = Variable::new("CACHE_ENABLED", "true")
    .allowed("true or false")
    .means("Whether GETs through the proxy are answered from memory where that is safe.");
const CACHE_TTL: Variable = Variable::new("CACHE_TTL", "300")
    .allowed("1 to 86400 (seconds)")
    .means("How long an answer is kept.");

pub(crate) const VARIABLES: &[Variable] = &[CACHE_ENABLED, CACHE_TTL];

/// The response cache.
#[derive(Clone, Copy, Debug)]
pub struct Cache {
    /// Whether there is one.
    pub enabled: bool,
    /// How long an answer is kept.
    pub time_to_live: Duration,
}

impl Cache {
    pub(crate) fn read(read: &mut Reader<'_>) -> Self {
        Self {
            enabled: read.flag(&CACHE_ENABLED),
            time_to_live: Duration::from_secs(read.number(&CACHE_TTL, 1..=86_400)),
        }
    }
}

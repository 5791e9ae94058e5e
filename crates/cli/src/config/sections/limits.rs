use std::time::Duration;

use crate::config::reader::{Reader, bytes};
use crate::config::variable::Variable;

const RATE_LIMIT_WINDOW_MS: Variable = Variable::new("RATE_LIMIT_WINDOW_MS", "900000")
    .allowed("1000 to 86400000")
    .means("Over how long requests to `/api` are counted.");
const RATE_LIMIT_MAX_REQUESTS: Variable = Variable::new("RATE_LIMIT_MAX_REQUESTS", "12000")
    .allowed("1 to 1000000000")
    .means("Requests to `/api` in that time, per user; before login per address.");
const MAX_REQUEST_SIZE: Variable = Variable::new("MAX_REQUEST_SIZE", "10mb")
    .allowed("a size like 10mb")
    .means("The largest JSON or form body.");
const MAX_FILE_SIZE: Variable = Variable::new("MAX_FILE_SIZE", "50mb")
    .allowed("a size like 50mb")
    .means("The largest import file.");

pub(crate) const VARIABLES: &[Variable] = &[
    RATE_LIMIT_WINDOW_MS,
    RATE_LIMIT_MAX_REQUESTS,
    MAX_REQUEST_SIZE,
    MAX_FILE_SIZE,
];

/// What callers may ask of us.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) window: Duration,
    pub(crate) requests: u32,
    /// Bytes.
    pub(crate) request_size: u64,
    /// Bytes.
    pub(crate) file_size: u64,
}

impl Limits {
    pub(crate) fn read(read: &mut Reader<'_>) -> Self {
        Self {
            window: read.millis(&RATE_LIMIT_WINDOW_MS, 1_000..=86_400_000),
            requests: read.number(&RATE_LIMIT_MAX_REQUESTS, 1..=1_000_000_000),
            request_size: read.value(&MAX_REQUEST_SIZE, bytes),
            file_size: read.value(&MAX_FILE_SIZE, bytes),
        }
    }
}

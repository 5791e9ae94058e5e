use std::time::Duration;

use crate::reader::{Reader, bytes};
use crate::variable::Variable;

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
const MAX_JOBS_PER_USER: Variable = Variable::new("MAX_JOBS_PER_USER", "200")
    .allowed("1 to 1000000")
    .means("Jobs of one user that have not ended, plans that wait to be started among them.");
const MAX_ITEMS_PER_USER: Variable = Variable::new("MAX_ITEMS_PER_USER", "1000000")
    .allowed("1 to 1000000000")
    .means("Items of these jobs that have not ended. What a selector or a manifest names is counted when it is planned; too much fails the job.");
const MAX_SOCKETS_PER_USER: Variable = Variable::new("MAX_SOCKETS_PER_USER", "100")
    .allowed("1 to 1000000")
    .means("Open Socket.IO connections of one user to one node.");
const MAX_KEYS_PER_USER: Variable = Variable::new("MAX_KEYS_PER_USER", "50")
    .allowed("1 to 100000")
    .means("API keys of one user that have not expired.");
const MAX_SESSIONS_PER_USER: Variable = Variable::new("MAX_SESSIONS_PER_USER", "20")
    .allowed("1 to 100000")
    .means("Sessions of one user; beyond that, the one that was used longest ago ends.");

pub(crate) const VARIABLES: &[Variable] = &[
    RATE_LIMIT_WINDOW_MS,
    RATE_LIMIT_MAX_REQUESTS,
    MAX_REQUEST_SIZE,
    MAX_FILE_SIZE,
    MAX_JOBS_PER_USER,
    MAX_ITEMS_PER_USER,
    MAX_SOCKETS_PER_USER,
    MAX_KEYS_PER_USER,
    MAX_SESSIONS_PER_USER,
];

/// What callers may ask of us.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Over how long requests are counted.
    pub window: Duration,
    /// In that time.
    pub requests: u32,
    /// The largest body, in bytes.
    pub request_size: u64,
    /// The largest import file, in bytes.
    pub file_size: u64,
    /// What one user may have.
    pub user: UserLimits,
}

/// What one user may have at a time.
#[derive(Clone, Copy, Debug)]
pub struct UserLimits {
    /// That have not ended.
    pub jobs: u64,
    /// That have not ended.
    pub items: u64,
    /// To one node.
    pub sockets: u32,
    /// That have not expired.
    pub keys: u32,
    /// Beyond that, the one that was used longest ago ends.
    pub sessions: u32,
}

impl Limits {
    pub(crate) fn read(read: &mut Reader<'_>) -> Self {
        Self {
            window: read.millis(&RATE_LIMIT_WINDOW_MS, 1_000..=86_400_000),
            requests: read.number(&RATE_LIMIT_MAX_REQUESTS, 1..=1_000_000_000),
            request_size: read.value(&MAX_REQUEST_SIZE, bytes),
            file_size: read.value(&MAX_FILE_SIZE, bytes),
            user: UserLimits {
                jobs: read.number(&MAX_JOBS_PER_USER, 1..=1_000_000),
                items: read.number(&MAX_ITEMS_PER_USER, 1..=1_000_000_000),
                sockets: read.number(&MAX_SOCKETS_PER_USER, 1..=1_000_000),
                keys: read.number(&MAX_KEYS_PER_USER, 1..=100_000),
                sessions: read.number(&MAX_SESSIONS_PER_USER, 1..=100_000),
            },
        }
    }
}

use std::time::Duration;

use async_trait::async_trait;
use domain::{Timestamp, UserKey};

use crate::Result;

/// What a user's requests have learned of a limit of GitLab's that is counted by the hour or the day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaRecord {
    /// What is limited: `POST /projects`.
    pub endpoint: String,
    /// When the present window began.
    pub opened_at: Timestamp,
    /// How long a window lasts, in whole milliseconds.
    pub length: Duration,
    /// Requests let through in it.
    pub passed: u32,
    /// How many GitLab lets through, once that is known.
    pub most: Option<u32>,
    /// In how many windows GitLab has refused something.
    pub measured: u32,
    /// Whether it has in this one.
    pub refused: bool,
    /// Until when GitLab wants to be left alone; in the past when it does not.
    pub shut_until: Timestamp,
}

/// Limits of GitLab's that outlast a process.
#[async_trait]
pub trait Quotas: Send + Sync {
    /// Replaces what is known of these endpoints, all together; what is known of others stays.
    async fn put_quotas(&self, user: &UserKey, quotas: &[QuotaRecord]) -> Result<()>;

    /// Everything that is known of the limits of this user, by endpoint.
    async fn quotas(&self, user: &UserKey) -> Result<Vec<QuotaRecord>>;
}

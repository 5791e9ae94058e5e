use async_trait::async_trait;
use domain::JobId;

use crate::{Announced, Result};

/// What processes that share the database tell each other through it. Nothing of it is the only record of anything.
#[async_trait]
pub trait Announcements: Send + Sync {
    /// Begins to listen to what anybody announces, this process included. `None` where the database does not tell of
    /// jobs: then one has to look for them, which one should do now and then anyway.
    fn announced(&self) -> Option<Announced>;

    /// Announces that what others only remember may be untrue.
    async fn announce_doubt(&self) -> Result<()>;
}

/// Something that was announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announcement {
    /// Somebody has moved this job.
    Job(JobId),
    /// What is only remembered may be untrue.
    Doubt,
    /// Something may have been announced that was not heard.
    Missed,
}

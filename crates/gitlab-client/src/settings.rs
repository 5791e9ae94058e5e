use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::egress::HostPolicy;
use crate::pace::{Rate, SharedPace};
use crate::watch::{Unwatched, Watch};

/// How this installation talks to GitLab. The names are those of the configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `GITLAB_ALLOWED_HOSTS`: where a session may be opened to.
    pub host_policy: HostPolicy,
    /// `GITLAB_API_RATE_LIMIT`: requests per second and user.
    pub rate: Rate,
    /// `GITLAB_INSTANCE_RATE_LIMIT`: requests per second to one instance, all users together.
    pub instance_rate: Option<f64>,
    /// `GITLAB_API_CONCURRENCY`: requests in flight per user, at least 1.
    pub concurrency: u32,
    /// `GITLAB_MAX_SOCKETS`: requests in flight per instance, at least 1.
    pub max_sockets: u32,
    /// `GITLAB_MAX_IDLE_SOCKETS`: connections per instance kept open for the next request.
    pub max_idle_sockets: u32,
    /// `GITLAB_API_TIMEOUT_MS`: from sending to the end of the answer, per attempt.
    pub timeout: Duration,
    /// `GITLAB_API_MAX_RETRIES`: further attempts of a read. A write is never repeated here.
    pub max_retries: u32,
    /// `GITLAB_CA_FILE`: certificates in PEM form, trusted beside the system's.
    pub ca_file: Option<PathBuf>,
    /// How long a person's request waits for a limit before it is told to come back later.
    pub patience_of_people: Duration,
    /// How long a job's request waits for a limit before the job is told to wait by itself.
    pub patience_of_jobs: Duration,
    /// Who is told of every request when it is over.
    pub watch: Arc<dyn Watch>,
    /// The other processes that have the same budgets, if there are any.
    pub shared_pace: Option<Arc<dyn SharedPace>>,
}

impl Settings {
    /// The documented defaults for these hosts.
    pub fn new(host_policy: HostPolicy) -> Self {
        Self {
            host_policy,
            rate: Rate::PerSecond(10.0),
            instance_rate: None,
            concurrency: 10,
            max_sockets: 50,
            max_idle_sockets: 10,
            timeout: Duration::from_secs(30),
            max_retries: 3,
            ca_file: None,
            patience_of_people: Duration::from_secs(15),
            patience_of_jobs: Duration::from_mins(1),
            watch: Arc::new(Unwatched),
            shared_pace: None,
        }
    }
}

use std::sync::Arc;
use std::time::Duration;

use domain::Clock;
use engine::Engine;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::auth::SessionStore;
use crate::chain::Origins;
use crate::credentials::JobCredentials;
use crate::limits::Limits;
use crate::live::Live;
use crate::proxy::Proxy;
use crate::settings::ServerSettings;

/// What the routes and layers share.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) settings: ServerSettings,
    /// Where browsers reach us, without a trailing slash.
    pub(crate) public_url: Url,
    pub(crate) origins: Arc<Origins>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) engine: Engine,
    pub(crate) sessions: SessionStore,
    pub(crate) credentials: JobCredentials,
    pub(crate) limits: Limits,
    pub(crate) proxy: Proxy,
    pub(crate) live: Live,
    /// [`Clock::monotonic`] when the server began.
    pub(crate) began: Duration,
    /// Cancelled when the process is to stop.
    pub(crate) stopping: CancellationToken,
}

impl App {
    /// `https://bulk.example.com/api/gitlab`, where links of proxied answers lead.
    pub(crate) fn proxy_root(&self) -> String {
        format!("{}/api/gitlab", self.public_url.as_str().trim_end_matches('/'))
    }
}

use std::sync::Arc;
use std::time::Duration;

use domain::Clock;
use engine::Engine;
use gitlab_client::GitlabClient;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::audit::Audit;
use crate::auth::{KeyStore, SessionStore, Ways};
use crate::chain::Origins;
use crate::changes::Changes;
use crate::credentials::JobCredentials;
use crate::hooks::Hooks;
use crate::limits::Limits;
use crate::live::Live;
use crate::metrics::Metrics;
use crate::nodes::Nodes;
use crate::overviews::Overviews;
use crate::proxy::Proxy;
use crate::settings::ServerSettings;
use crate::verifications::Verifications;

/// What the routes and layers share.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) settings: ServerSettings,
    /// Where browsers reach us, without a trailing slash.
    pub(crate) public_url: Url,
    pub(crate) origins: Arc<Origins>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) engine: Engine,
    pub(crate) client: GitlabClient,
    pub(crate) ways: Ways,
    pub(crate) sessions: SessionStore,
    pub(crate) keys: KeyStore,
    pub(crate) audit: Audit,
    pub(crate) credentials: JobCredentials,
    pub(crate) limits: Limits,
    pub(crate) overviews: Overviews,
    pub(crate) verifications: Verifications,
    pub(crate) proxy: Proxy,
    pub(crate) changes: Changes,
    pub(crate) hooks: Hooks,
    pub(crate) live: Live,
    pub(crate) nodes: Nodes,
    pub(crate) metrics: Metrics,
    /// [`Clock::monotonic`] when the server began.
    pub(crate) began: Duration,
    /// Cancelled when the process is to stop.
    pub(crate) stopping: CancellationToken,
}

impl App {
    /// Our own address with this path, as people outside reach it.
    pub(crate) fn address_of(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_str().trim_end_matches('/'))
    }

    /// Where GitLab sends people back to who sign in there.
    pub(crate) fn redirect_uri(&self) -> String {
        redirect_uri(&self.public_url)
    }

    /// An app with an empty database and nothing to talk to.
    #[cfg(test)]
    pub(crate) async fn for_tests(production: bool) -> Arc<Self> {
        use engine::vault::Vault;
        use engine::{Parts, RunnerSettings};
        use gitlab_client::{HostPolicy, SeededJitter, Settings};

        gitlab_client::install_crypto();
        let clock: Arc<dyn Clock> = Arc::new(domain::SystemClock::new());
        let storage = storage::Database::open_temporary(Arc::clone(&clock))
            .await
            .unwrap();
        let second = Duration::from_secs(1);
        let engine = Engine::new(Parts {
            storage,
            clock: Arc::clone(&clock),
            registry: engine::operations::registry(),
            vault: Vault::new(vec![7; 32], None).unwrap(),
            runner: RunnerSettings {
                plan_is_fresh: engine::PLAN_IS_FRESH,
                failpoints: engine::failpoint::Failpoints::default(),
                concurrency: 1,
                parent_concurrency: 1,
                settle: second,
                timeout: second,
            },
            protected: engine::protected::ProtectedPaths::default(),
            lease: second,
            name: "test".to_owned(),
        });
        let settings = Settings::new(HostPolicy::default());
        let client = GitlabClient::new(settings, Arc::clone(&clock), Arc::new(SeededJitter::new(1)));
        let mut settings = ServerSettings::new(Vault::new(vec![7; 32], None).unwrap());
        settings.production = production;
        let url = Url::parse("http://127.0.0.1:4000").unwrap();
        crate::serve::compose(
            settings,
            engine,
            &client.unwrap(),
            clock,
            url,
            CancellationToken::new(),
        )
    }
}

/// The address that has to be registered with GitLab.
pub(crate) fn redirect_uri(public: &Url) -> String {
    format!(
        "{}/api/auth/oauth/callback",
        public.as_str().trim_end_matches('/')
    )
}

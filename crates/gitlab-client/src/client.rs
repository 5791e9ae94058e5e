use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{Clock, InstanceUrl, UserKey};
use rustls::ClientConfig;

use crate::backoff::Jitter;
use crate::egress::resolver::GuardedResolver;
use crate::egress::{HostPolicy, HostRefused, Resolve, SystemResolver, TlsError, tls};
use crate::instance_clock::InstanceClock;
use crate::lines::Lines;
use crate::lines::pool::Way;
use crate::oauth::{Credential, Renewal};
use crate::pace::{Budget, Gate, Patience, Places, QuotaReport, Remote, SharedPace};
use crate::session::Gitlab;
use crate::settings::Settings;
use crate::token::{Fingerprint, Token};

/// Longest time for name, connection and TLS together. A server that takes longer takes too long for the rest.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// GitLab's nginx closes after 65 to 75 s. Closing first, we do not meet a connection that it is closing.
pub(crate) const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// How many budgets there may be before those that hold nothing back are forgotten.
const MANY_BUDGETS: usize = 512;

/// The one way out to GitLab for a whole installation: one policy, one set of budgets.
///
/// Cheap to clone; all clones are the same. Nothing is connected when it is made.
#[derive(Clone)]
pub struct GitlabClient {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) policy: Arc<HostPolicy>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) jitter: Arc<dyn Jitter>,
    pub(crate) http: reqwest::Client,
    resolver: GuardedResolver,
    tls: ClientConfig,
    /// For what changes something. Reads go by `http`, which knows HTTP/2 and compressed pages.
    pub(crate) lines: Lines,
    instances: Mutex<HashMap<InstanceUrl, Arc<Instance>>>,
    budgets: Mutex<HashMap<BudgetKey, Arc<Budget>>>,
}

/// What all users of an instance share.
pub(crate) struct Instance {
    pub(crate) gate: Arc<Gate>,
    pub(crate) clock: Mutex<InstanceClock>,
}

/// Whose budget it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Who {
    User(u64),
    /// Before login it is not known whose token it is.
    Token(Fingerprint),
}

type BudgetKey = (InstanceUrl, Who);

/// The client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// TLS cannot be set up, `GITLAB_CA_FILE` for example.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The HTTP client refuses its settings.
    #[error("the HTTP client cannot be set up")]
    Http(#[source] reqwest::Error),
}

impl GitlabClient {
    /// A client that asks the system for addresses. [`install_crypto`](crate::install_crypto) comes first.
    ///
    /// # Errors
    /// The extra certificates cannot be read, or TLS cannot be set up.
    pub fn new(
        settings: Settings,
        clock: Arc<dyn Clock>,
        jitter: Arc<dyn Jitter>,
    ) -> Result<Self, SetupError> {
        Self::with_resolver(settings, clock, jitter, Arc::new(SystemResolver))
    }

    /// A client that asks `names` for addresses.
    ///
    /// # Errors
    /// As [`GitlabClient::new`].
    pub fn with_resolver(
        settings: Settings,
        clock: Arc<dyn Clock>,
        jitter: Arc<dyn Jitter>,
        names: Arc<dyn Resolve>,
    ) -> Result<Self, SetupError> {
        let policy = Arc::new(settings.host_policy.clone());
        let resolver = GuardedResolver::new(Arc::clone(&policy), names);
        let tls = tls::config(settings.ca_file.as_deref())?;
        let mut with_alpn = tls.clone();
        with_alpn.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let http = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .tls_backend_preconfigured(with_alpn)
            .dns_resolver(resolver.clone())
            // A proxy from the environment would resolve names by itself, past the policy.
            .no_proxy()
            // A redirect turns a POST into a GET, or carries the token elsewhere. Reads follow by themselves.
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(connect_within(&settings))
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(settings.max_idle_sockets as usize)
            .build()
            .map_err(SetupError::Http)?;
        let lines = Lines::new(way(&settings, &resolver, &tls), Arc::clone(&clock));
        Ok(Self {
            shared: Arc::new(Shared {
                lines,
                settings,
                policy,
                clock,
                jitter,
                http,
                resolver,
                tls,
                instances: Mutex::default(),
                budgets: Mutex::default(),
            }),
        })
    }

    /// Talks to `instance` as the owner of `token`. Makes no connection.
    ///
    /// All sessions of one user (`user` is the number on that instance) share a budget. Before login the user
    /// is not known yet: with `None` the budget is that of the token.
    ///
    /// # Errors
    /// The instance is not one that may be talked to.
    pub fn session(
        &self,
        instance: &InstanceUrl,
        user: Option<u64>,
        token: Token,
    ) -> Result<Gitlab, HostRefused> {
        self.open(instance, user, Credential::fixed(token))
    }

    /// The same with a credential that changes while it is in use.
    ///
    /// # Errors
    /// As [`GitlabClient::session`].
    pub fn renewed_session(
        &self,
        instance: &InstanceUrl,
        user: Option<u64>,
        renewal: Arc<dyn Renewal>,
    ) -> Result<Gitlab, HostRefused> {
        self.open(instance, user, Credential::Renewed(renewal))
    }

    fn open(
        &self,
        instance: &InstanceUrl,
        user: Option<u64>,
        credential: Credential,
    ) -> Result<Gitlab, HostRefused> {
        self.shared.policy.check_instance(instance)?;
        let who = user.map_or(Who::Token(credential.fingerprint()), Who::User);
        let shared_by_all = self.shared.instance(instance);
        let budget = self.shared.budget(instance, who, &shared_by_all);
        Ok(Gitlab::new(
            Arc::clone(&self.shared),
            instance.clone(),
            shared_by_all,
            budget,
            credential,
        ))
    }

    /// Another process that has the same budgets was asked by GitLab to let this user wait for so long.
    pub fn shut_elsewhere(&self, user: &UserKey, wait: Duration) {
        if let Some(budget) = self.known_budget(user) {
            budget.shut_elsewhere(wait);
        }
    }

    /// Another process that has the same budgets was told how little is left of this user's window.
    pub fn heed_quota(&self, user: &UserKey, left: &QuotaReport) {
        if let Some(budget) = self.known_budget(user) {
            budget.heed_quota(left);
        }
    }

    /// The budget of a user who has sent something.
    fn known_budget(&self, user: &UserKey) -> Option<Arc<Budget>> {
        let key = (user.instance.clone(), Who::User(user.user_id));
        let budgets = self.shared.budgets.lock().unwrap_or_else(PoisonError::into_inner);
        budgets.get(&key).map(Arc::clone)
    }

    /// Where sessions may be opened to.
    pub fn host_policy(&self) -> &HostPolicy {
        &self.shared.policy
    }
}

/// How we introduce ourselves.
pub(crate) const USER_AGENT: &str = concat!("gitlab-bulk/", env!("CARGO_PKG_VERSION"));

fn connect_within(settings: &Settings) -> Duration {
    settings.timeout.min(CONNECT_TIMEOUT)
}

fn way(settings: &Settings, resolver: &GuardedResolver, tls: &ClientConfig) -> Way {
    let most = settings.max_idle_sockets as usize;
    Way::new(resolver.clone(), tls.clone(), connect_within(settings), most)
}

impl Shared {
    /// How connections come about that are kept apart from all others.
    pub(crate) fn way(&self) -> Way {
        way(&self.settings, &self.resolver, &self.tls)
    }

    fn instance(&self, url: &InstanceUrl) -> Arc<Instance> {
        let mut instances = self.instances.lock().unwrap_or_else(PoisonError::into_inner);
        let made = instances.entry(url.clone()).or_insert_with(|| {
            let gate = Gate::new(
                Arc::clone(&self.clock),
                self.settings.instance_rate,
                Places::of(self.settings.max_sockets),
                self.patience(),
            );
            let remote = self.settings.shared_pace.clone().map(|pace| Remote {
                pace,
                budget: format!("instance:{url}").into(),
                // Connections are counted by each process for itself.
                with_places: false,
            });
            Arc::new(Instance {
                gate: Arc::new(match remote.filter(|_| self.settings.instance_rate.is_some()) {
                    Some(remote) => gate.shared_with(remote),
                    None => gate,
                }),
                clock: Mutex::default(),
            })
        });
        Arc::clone(made)
    }

    fn budget(&self, url: &InstanceUrl, who: Who, instance: &Instance) -> Arc<Budget> {
        let mut budgets = self.budgets.lock().unwrap_or_else(PoisonError::into_inner);
        if budgets.len() >= MANY_BUDGETS {
            budgets.retain(|_, budget| Arc::strong_count(budget) > 1 || !budget.is_idle());
        }
        let made = budgets.entry((url.clone(), who)).or_insert_with(|| {
            Arc::new(Budget::new(
                Arc::clone(&self.clock),
                Arc::clone(&instance.gate),
                self.settings.rate,
                Places::of(self.settings.concurrency).lending(),
                self.patience(),
                url.host() == "gitlab.com",
                self.shared_pace_of(url, who),
            ))
        });
        Arc::clone(made)
    }

    /// Before login it is not known whose budget it is; then a process keeps it by itself.
    fn shared_pace_of(&self, url: &InstanceUrl, who: Who) -> Option<(UserKey, Arc<dyn SharedPace>)> {
        let Who::User(user_id) = who else { return None };
        let user = UserKey {
            instance: url.clone(),
            user_id,
        };
        Some((user, self.settings.shared_pace.clone()?))
    }

    fn patience(&self) -> Patience {
        Patience {
            people: self.settings.patience_of_people,
            jobs: self.settings.patience_of_jobs,
        }
    }
}

impl fmt::Debug for GitlabClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GitlabClient")
            .field("settings", &self.shared.settings)
            .finish_non_exhaustive()
    }
}

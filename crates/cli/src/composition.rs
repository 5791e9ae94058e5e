//! Where everything is put together, and the only place that knows what is behind the traits.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use config::Config;
use config::sections::data::{Data, DatabaseAt};
use config::sections::server::Stage;
use domain::{Clock, Timestamp, UserKey};
use engine::vault::Vault;
use engine::{Actor, Engine, Parts, RunnerSettings, operations};
use gitlab_client::{Gitlab, GitlabClient, SeededJitter, TokenFacts};
use secrecy::{ExposeSecret as _, SecretString};
use server::{InboundLimit, OAuthClient, ServerSettings, Webhooks};
use storage::{Database, Quota};

use crate::failure::{Exit, Failure, chain};
use crate::output::talk;
use crate::secret;

/// How long a runner holds a job without a sign of life: so long others wait after it died.
const LEASE: Duration = Duration::from_secs(10);

/// The program, put together.
pub(crate) struct Composition {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) storage: Arc<Database>,
    pub(crate) client: GitlabClient,
    pub(crate) engine: Engine,
}

/// Puts the program together on this clock: database, client, engine. `role` names this process in the database.
///
/// # Errors
/// The database cannot be opened, or the client not be set up.
pub(crate) async fn compose(
    config: &Config,
    clock: &Arc<dyn Clock>,
    role: &str,
) -> Result<Composition, Failure> {
    let storage = open(&config.data, clock).await?;
    let seed = u64::try_from(clock.now().as_millis()).unwrap_or_default() ^ u64::from(std::process::id());
    let client = GitlabClient::new(
        config.gitlab.client.clone(),
        Arc::clone(clock),
        Arc::new(SeededJitter::new(seed)),
    )
    .map_err(|error| Failure::internal(chain(&error)))?;
    let engine = Engine::new(Parts {
        storage: Arc::<Database>::clone(&storage),
        clock: Arc::clone(clock),
        registry: operations::registry(),
        vault: vault(config)?,
        runner: runner_settings(config),
        protected: config.jobs.protected.clone(),
        lease: LEASE,
        name: format!("{role}:{}:{}", host_name(), std::process::id()),
    });
    Ok(Composition {
        clock: Arc::clone(clock),
        storage,
        client,
        engine,
    })
}

/// How jobs are run, from the configuration.
fn runner_settings(config: &Config) -> RunnerSettings {
    RunnerSettings {
        plan_is_fresh: engine::PLAN_IS_FRESH,
        failpoints: engine::failpoint::Failpoints::default(),
        concurrency: config.gitlab.client.concurrency,
        parent_concurrency: config.gitlab.parent_concurrency,
        settle: config.gitlab.settle,
        timeout: config.gitlab.client.timeout,
    }
}

async fn open(data: &Data, clock: &Arc<dyn Clock>) -> Result<Arc<Database>, Failure> {
    let clock = Arc::clone(clock);
    let (opened, advice) = match &data.database {
        DatabaseAt::File(path) => (
            Database::open(&path.to_string_lossy(), clock).await,
            "DATA_DIR or DATABASE_URL say where it is",
        ),
        DatabaseAt::Postgres(address) => (
            Database::open_postgres(address, data.connections, clock).await,
            "DATABASE_URL says where it is, and as whom it is opened; `gitlab-bulk doctor` tries it",
        ),
    };
    opened.map_err(|error| {
        let database = &data.database;
        Failure::internal(format!(
            "the database {database} cannot be opened: {}",
            chain(&error)
        ))
        .advise(advice)
    })
}

/// How the server behaves, from the configuration.
///
/// # Errors
/// The installation's secret cannot be kept.
pub(crate) fn server_settings(config: &Config) -> Result<ServerSettings, Failure> {
    let Config {
        server,
        session,
        limits,
        ..
    } = config;
    let size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    Ok(ServerSettings {
        production: server.stage == Stage::Production,
        public_url: server.public_url.clone(),
        allowed_origins: server.origins.clone(),
        trusted_proxies: server.trusted_proxies.clone(),
        session_lifetime: session.lifetime,
        session_idle: session.idle,
        inbound: InboundLimit {
            window: limits.window,
            requests: limits.requests,
        },
        max_request_size: size(limits.request_size),
        max_file_size: size(limits.file_size),
        work_per_user: Quota {
            jobs: limits.user.jobs,
            items: limits.user.items,
        },
        sockets_per_user: limits.user.sockets as usize,
        keys_per_user: limits.user.keys,
        sessions_per_user: limits.user.sessions,
        cache: config.cache.enabled.then_some(config.cache.time_to_live),
        max_concurrent_jobs: config.jobs.at_once as usize,
        webhooks: Webhooks {
            secrets: config.webhooks.secrets.clone(),
            instance: config.gitlab.url.clone(),
        },
        metrics_token: config.metrics.token.clone(),
        node: format!("server:{}", host_name()),
        audit_retention: config.jobs.audit_retention,
        oauth: config.gitlab.oauth.clone().map(|(id, secret)| OAuthClient {
            instance: config.gitlab.url.clone(),
            id,
            secret,
        }),
        ..ServerSettings::new(vault(config)?)
    })
}

/// Seals with the installation's secret, which is made when there is none.
///
/// # Errors
/// The installation's secret cannot be kept.
fn vault(config: &Config) -> Result<Vault, Failure> {
    let session = &config.session;
    let secret = match &session.secret {
        Some(secret) => secret.clone(),
        None => secret::kept_in(&config.data.directory)?,
    };
    let bytes = |secret: &SecretString| secret.expose_secret().as_bytes().to_vec();
    Vault::new(bytes(&secret), session.previous_secret.as_ref().map(bytes))
        .map_err(|error| Failure::internal(error.to_string()))
}

/// GitLab, talked to as the owner of `GITLAB_TOKEN`.
pub(crate) struct Connection {
    pub(crate) gitlab: Gitlab,
    pub(crate) actor: Actor,
}

impl Composition {
    /// Asks GitLab whose token it is; from then on everything is done as that user.
    ///
    /// # Errors
    /// No token, an unknown one, or GitLab cannot be reached.
    pub(crate) async fn connect(&self, config: &Config) -> Result<Connection, Failure> {
        let instance = &config.gitlab.url;
        let Some(token) = config.gitlab.token.clone() else {
            return Err(Failure::Other {
                exit: Exit::NotPermitted,
                code: "UNAUTHORIZED",
                message: "GITLAB_TOKEN is not set".to_owned(),
                advice: Some(format!(
                    "make an access token with scope `api` on {instance} and put it into GITLAB_TOKEN"
                )),
            });
        };
        let user = self
            .client
            .session(instance, None, token.clone())?
            .current_user()
            .await?;
        let gitlab = self.client.session(instance, Some(user.id), token)?;
        let actor = Actor {
            user: UserKey {
                instance: instance.clone(),
                user_id: user.id,
            },
            username: user.username,
            administrator: user.is_admin,
        };
        Ok(Connection { gitlab, actor })
    }
}

/// A token that ends within this time is worth a word before a long job.
const ENDS_SOON: Duration = Duration::from_hours(72);

impl Connection {
    /// Whether the token can write at all, asked before anything is sent rather than of every item.
    ///
    /// # Errors
    /// Its scopes do not let it write, or GitLab cannot be asked.
    pub(crate) async fn check_token(&self, now: Timestamp) -> Result<(), Failure> {
        let TokenFacts::Known(token) = self.gitlab.token_self().await? else {
            return Ok(());
        };
        // The scopes of a fine-grained token say nothing; GitLab decides request by request.
        if !token
            .scopes
            .iter()
            .any(|scope| scope == "api" || scope == "granular")
        {
            return Err(Failure::Other {
                exit: Exit::NotPermitted,
                code: "FORBIDDEN",
                message: format!(
                    "GITLAB_TOKEN has the scope {} and cannot change anything",
                    token.scopes.join(", ")
                ),
                advice: Some("make one with scope `api`; for `plan`, `read_api` is enough".to_owned()),
            });
        }
        if let Some(end) = token
            .expires_at
            .filter(|end| *end < now.plus(ENDS_SOON).to_string())
        {
            talk::warn(&format!(
                "GITLAB_TOKEN stops working on {end}; a job that is not done by then waits for a new one"
            ));
        }
        Ok(())
    }
}

/// The machine's name, for people who read the database.
fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "localhost".to_owned())
}

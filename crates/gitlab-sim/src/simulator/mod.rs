//! A running simulator, as its owner holds it.

mod asked;
mod estate;
mod keep;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use estate::{EstateGroup, EstateMember, EstateProject, EstateSnapshot};

use crate::background;
use crate::control::{Fault, InvalidLimits, JournalEntry, LimitChanges, StatsReport};
use crate::hooks;
use crate::http::server;
use crate::instance::{Instance, Site};
use crate::options::Options;
use crate::seed;
use crate::state::Snapshot;

/// The simulator cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot listen on {address}: {source}")]
    Listen {
        address: SocketAddr,
        source: std::io::Error,
    },
    #[error("the state file {} cannot be read: {reason}", file.display())]
    State { file: PathBuf, reason: String },
}

/// A running instance. Dropping it stops it at once; [`Simulator::stop`] ends open requests and keeps the state.
#[derive(Debug)]
pub struct Simulator {
    instance: Arc<Instance>,
    address: SocketAddr,
    serving: Option<JoinHandle<()>>,
    working: Option<JoinHandle<()>>,
    delivering: Option<JoinHandle<()>>,
    keeping: Option<JoinHandle<()>>,
}

/// What a person who just started a simulator wants to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Description {
    pub url: String,
    /// Of the administrator `root`.
    pub root_token: String,
    /// Of the first seeded user, if there is one.
    pub user_token: Option<String>,
    /// Of the registered OAuth application.
    pub client_id: &'static str,
    /// What that application sends when it is one that keeps secrets.
    pub client_secret: &'static str,
    /// `free`, `premium` or `ultimate`.
    pub licence: &'static str,
    pub groups: usize,
    pub projects: usize,
    pub users: usize,
    pub members: usize,
}

impl Simulator {
    /// A small realistic estate on a free port of the loopback interface: [`Options::default`].
    pub async fn start() -> Result<Self, StartError> {
        Self::start_with(Options::default()).await
    }

    /// Seeds or loads an estate and serves it. Returns once the address is bound. Needs a tokio runtime.
    pub async fn start_with(options: Options) -> Result<Self, StartError> {
        let Options {
            listen,
            public_url,
            estate,
            latency,
            rate_limit,
            limits,
            tier,
            state_file,
            control_token,
            background,
            clock,
        } = options;
        let bound = async {
            let listener = TcpListener::bind(listen).await?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        };
        let (listener, address) = bound.await.map_err(|source| StartError::Listen {
            address: listen,
            source,
        })?;
        let kept = match &state_file {
            Some(file) => Snapshot::load(file).map_err(|error| StartError::State {
                file: file.clone(),
                reason: error.to_string(),
            })?,
            None => None,
        };
        let state = kept.map_or_else(|| seed::estate(estate), Snapshot::restore);
        let url = public_url.unwrap_or_else(|| format!("http://{}", reachable(address)));
        let site = Site::new(&url, tier);
        let instance = Arc::new(Instance::new(
            site,
            clock,
            state,
            estate,
            control_token,
            background,
        ));
        instance.limits.start(latency, rate_limit, limits);
        let serving = tokio::spawn(server::run(listener, Arc::clone(&instance)));
        let working = tokio::spawn(background::run(Arc::clone(&instance)));
        let delivering = tokio::spawn(hooks::run(Arc::clone(&instance)));
        let keeping = state_file.map(|file| tokio::spawn(keep::run(file, Arc::clone(&instance))));
        Ok(Self {
            instance,
            address,
            serving: Some(serving),
            working: Some(working),
            delivering: Some(delivering),
            keeping,
        })
    }

    /// Where clients find it: `http://127.0.0.1:8929`, without a trailing slash.
    pub fn url(&self) -> &str {
        &self.instance.site.url
    }

    /// The bound address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The token of the administrator.
    pub fn root_token(&self) -> String {
        seed::token_of("root")
    }

    /// The token of a seeded user: `dev-0001`.
    pub fn token_of(&self, username: &str) -> String {
        seed::token_of(username)
    }

    /// What it is and holds, for people.
    pub fn describe(&self) -> Description {
        let state = self.instance.state();
        let first = state.users.iter().find(|user| user.username.starts_with("dev-"));
        Description {
            url: self.url().to_owned(),
            root_token: self.root_token(),
            user_token: first.map(|user| seed::token_of(&user.username)),
            client_id: seed::CLIENT_ID,
            client_secret: seed::CLIENT_SECRET,
            licence: self.instance.site.tier.as_str(),
            groups: state.tree.group_count(),
            projects: state.tree.project_count(),
            users: state.users.len(),
            members: state.members.len(),
        }
    }

    /// Lets something go wrong from now on.
    pub fn fault(&self, fault: Fault) {
        self.instance.faults.add(vec![fault]);
    }

    /// Lets everything go right again.
    pub fn clear_faults(&self) {
        self.instance.faults.clear();
    }

    /// Changes latency and limits; what is not named stays, and changing nothing turns all off.
    pub fn limit(&self, changes: LimitChanges) -> Result<(), InvalidLimits> {
        self.instance.limits.change(changes)
    }

    /// Lets that much time pass at once: limits' windows end, tokens expire, what is due is done.
    pub fn forward(&self, by: Duration) {
        self.instance.forward(by);
    }

    /// Has somebody push an image with these tags to the registry of a project; `name` is what it is called below the
    /// project, or empty. `false` where there is no project of that full path.
    pub fn push_image(&self, full_path: &str, name: &str, tags: &[&str]) -> bool {
        let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        self.instance.push_image(full_path, name, &tags)
    }

    /// What was asked and what came of it, since the start or the last reset.
    pub fn stats(&self) -> StatsReport {
        self.instance
            .stats
            .report(&self.instance.state(), &self.instance.courier)
    }

    /// The requests after `since`, oldest first; 0 gives all that are kept.
    pub fn journal(&self, since: u64) -> Vec<JournalEntry> {
        self.instance.journal.since(since)
    }

    /// Ends open requests, which get up to two seconds, closes all connections and keeps the state.
    pub async fn stop(mut self) {
        self.instance.stopping.cancel();
        for task in [
            self.serving.take(),
            self.working.take(),
            self.delivering.take(),
            self.keeping.take(),
        ]
        .into_iter()
        .flatten()
        {
            // A task that panicked has said so already.
            let _ = task.await;
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.instance.stopping.cancel();
    }
}

/// An address a client on this machine can connect to.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => SocketAddr::from(([127, 0, 0, 1], v4.port())),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => {
            SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, v6.port()))
        }
        other => other,
    }
}

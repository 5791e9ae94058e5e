//! The other nodes of this installation, reached through Redis (`REDIS_URL`): what all of them have to know at
//! once, and what all of them count together.
//!
//! Nothing is kept in Redis that could not be lost: the database has sessions, keys and jobs. Without Redis, or
//! while it is gone, every node works by itself: it counts what comes in by itself, and believes nothing that it
//! remembers, since nobody could tell it that it has changed.
//!
//! | file | owns |
//! |---|---|
//! | `address` | what `REDIS_URL` says |
//! | `line` | the connection that questions are asked over, and how long they may take |
//! | `keep` | connecting, again and again; listening |
//! | `word` | what nodes tell each other |
//! | `speak`, `hear` | telling it, and what follows from hearing it |
//! | `doubt` | telling through the database that something could not be told |
//! | `claim` | what one node does so that no other does |
//! | `count` | windows of requests that all nodes count in |
//! | `pace` | budgets of requests to GitLab that all nodes keep together |

mod address;
mod claim;
mod count;
mod doubt;
mod hear;
mod keep;
mod line;
mod pace;
mod speak;
mod word;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use domain::Clock;
use gitlab_client::SharedPace;
use tokio::sync::watch;

pub use address::{InvalidRedisAddress, RedisAddress};
pub use line::{RedisError, reach};

pub(crate) use keep::keep;
pub(crate) use word::Word;
#[cfg(feature = "fuzzing")]
pub(crate) use word::said_again;

use crate::auth::SessionId;
use crate::metrics::Metrics;
use crate::settings::InboundLimit;
use crate::windows::Standing;
use line::Line;
use speak::Outbox;

/// How long a start waits for Redis before the server begins without it.
const FIRST_WITHIN: Duration = Duration::from_secs(1);

/// A node that has never reached Redis takes itself for one of so many.
const MANY_NODES: u32 = 3;

/// The way to the other nodes. Cheap to clone.
#[derive(Clone, Default)]
pub struct Nodes(Option<Arc<Shared>>);

struct Shared {
    address: RedisAddress,
    clock: Arc<dyn Clock>,
    line: Line,
    outbox: Outbox,
    /// This process; what it hears from itself is passed over.
    own: u64,
    /// Whatever another node says is heard here.
    hears: AtomicBool,
    /// How many nodes there were when that was last known, this one included; 0 until it is.
    nodes: AtomicU32,
    /// Whether the first attempt to connect is over.
    tried: watch::Sender<bool>,
}

impl Nodes {
    /// There are no others.
    pub fn alone() -> Self {
        Self(None)
    }

    /// Those that have the same Redis. Nothing is connected yet.
    pub fn over(address: RedisAddress, clock: Arc<dyn Clock>, metrics: Metrics) -> Self {
        Self(Some(Arc::new(Shared {
            line: Line::new(Arc::clone(&clock), metrics.clone()),
            outbox: Outbox::new(metrics),
            own: rand::random(),
            hears: AtomicBool::new(false),
            nodes: AtomicU32::new(0),
            tried: watch::Sender::new(false),
            address,
            clock,
        })))
    }

    /// For the client of GitLab: who keeps its budgets as well. `None` where there are no others.
    pub fn shared_pace(&self) -> Option<Arc<dyn SharedPace>> {
        self.0.as_ref()?;
        Some(Arc::new(self.clone()))
    }

    /// Whether Redis is configured and answers.
    pub(crate) fn are_reached(&self) -> bool {
        self.0.as_ref().is_some_and(|shared| shared.hears())
    }

    /// Whether what happens on any node is known here a moment later. If not, nothing that is only remembered may
    /// be believed.
    pub(crate) fn are_heard(&self) -> bool {
        self.0.as_ref().is_none_or(|shared| shared.hears())
    }

    /// Resolves when the first attempt to reach Redis is over, or after a second.
    pub(crate) async fn tried(&self) {
        if let Some(shared) = &self.0 {
            let mut tried = shared.tried.subscribe();
            tokio::select! {
                _ = tried.wait_for(|tried| *tried) => {}
                () = shared.clock.sleep(FIRST_WITHIN) => {}
            }
        }
    }

    /// Tells all other nodes, in the order of these calls. Waits for nothing; what cannot be told now makes the
    /// others forget what they remember as soon as they can be reached.
    pub(crate) fn say(&self, word: impl FnOnce() -> Word) {
        if let Some(shared) = &self.0 {
            shared.outbox.put(shared.own, &word());
        }
    }

    /// Tells all other nodes that these sessions or keys have ended. Returns when Redis has taken it, or cannot.
    pub(crate) async fn tell_ended(&self, ended: &[SessionId]) {
        if let Some(shared) = self.0.as_ref().filter(|_| !ended.is_empty()) {
            shared.outbox.put_and_wait(shared.own, &Word::ended(ended)).await;
        }
    }

    /// Counts one request of `caller` in the window that all nodes share. `None` when that is not possible.
    pub(crate) async fn count(
        &self,
        what: &str,
        caller: impl FnOnce() -> String,
        limit: InboundLimit,
    ) -> Option<Standing> {
        let shared = self.0.as_ref()?;
        let key = shared.address.key(&[what, &caller()]);
        count::take(&shared.line, &key, limit).await
    }

    /// Whether this is the first of all nodes that claims `name`, and nobody else does for so long. `None` when that
    /// cannot be told.
    pub(crate) async fn claim(
        &self,
        what: &str,
        name: impl FnOnce() -> String,
        lasts: Duration,
    ) -> Option<bool> {
        let shared = self.0.as_ref()?;
        let key = shared.address.key(&[what, &name()]);
        claim::first(&shared.line, &key, lasts).await
    }

    /// When `caller` may come again, if it may not now. Counts nothing.
    pub(crate) async fn exhausted(
        &self,
        what: &str,
        caller: impl FnOnce() -> String,
        limit: InboundLimit,
    ) -> Option<Duration> {
        let shared = self.0.as_ref()?;
        let key = shared.address.key(&[what, &caller()]);
        count::exhausted(&shared.line, &key, limit).await
    }
}

impl Shared {
    /// Among how many nodes a budget is divided while they cannot be asked.
    fn nodes(&self) -> u32 {
        match self.nodes.load(Ordering::Relaxed) {
            0 => MANY_NODES,
            nodes => nodes,
        }
    }

    fn hears(&self) -> bool {
        self.hears.load(Ordering::Acquire)
    }
}

impl fmt::Debug for Nodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            None => f.write_str("Nodes(alone)"),
            Some(shared) => write!(f, "Nodes({})", shared.address),
        }
    }
}

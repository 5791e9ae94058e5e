use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use domain::{Clock, UserKey};

use crate::nodes::Nodes;
use crate::settings::{InboundLimit, ServerSettings};
use crate::windows::{Standing, Windows};

/// What may come in.
#[derive(Debug)]
pub(crate) struct Limits {
    /// Attempts to sign in, per address.
    pub(crate) logins: Limit<IpAddr>,
    /// Requests of nobody in particular, per address, and whatever turns out to open no session.
    pub(crate) addresses: Arc<Limit<IpAddr>>,
    /// Hooks that bring none of our secrets, per address.
    pub(crate) hook_guesses: Limit<IpAddr>,
    /// Requests of signed-in users.
    pub(crate) users: Limit<UserKey>,
}

impl Limits {
    pub(crate) fn new(settings: &ServerSettings, clock: &Arc<dyn Clock>) -> Self {
        Self {
            logins: Limit::new("logins", settings.logins, settings, clock),
            addresses: Arc::new(Limit::new("addresses", settings.inbound, settings, clock)),
            hook_guesses: Limit::new("hook-guesses", settings.key_guesses, settings, clock),
            users: Limit::new("users", settings.inbound, settings, clock),
        }
    }
}

/// A limit per caller, counted by all nodes together.
///
/// Every node counts for itself as well. That is what holds where there is no Redis, and while it is gone: nobody is
/// locked out then, and with several nodes a caller may at most do so many times as much.
#[derive(Debug)]
pub(crate) struct Limit<K> {
    what: &'static str,
    per_window: InboundLimit,
    here: Windows<K>,
    nodes: Nodes,
}

/// Whoever is counted.
pub(crate) trait Caller: Eq + Hash {
    /// What it is called among all nodes.
    fn name(&self) -> String;
}

impl Caller for IpAddr {
    fn name(&self) -> String {
        self.to_string()
    }
}

impl Caller for UserKey {
    fn name(&self) -> String {
        format!("{}@{}", self.user_id, self.instance)
    }
}

impl<K: Caller> Limit<K> {
    /// `what` tells this limit from others among all nodes.
    pub(crate) fn new(
        what: &'static str,
        per_window: InboundLimit,
        settings: &ServerSettings,
        clock: &Arc<dyn Clock>,
    ) -> Self {
        Self {
            what,
            per_window,
            here: Windows::new(per_window, Arc::clone(clock)),
            nodes: settings.nodes.clone(),
        }
    }

    /// Counts one request of `caller`. One that is beyond the limit is not counted.
    pub(crate) async fn take(&self, caller: K) -> Standing {
        let together = self
            .nodes
            .count(self.what, || caller.name(), self.per_window)
            .await;
        let here = self.here.take(caller);
        together.unwrap_or(here)
    }

    /// When `caller` may come again, if it may not now. Counts nothing.
    pub(crate) async fn exhausted(&self, caller: &K) -> Option<Duration> {
        match self.exhausted_here(caller) {
            Some(wait) => Some(wait),
            None => {
                self.nodes
                    .exhausted(self.what, || caller.name(), self.per_window)
                    .await
            }
        }
    }

    /// The same, as far as this node knows by itself.
    pub(crate) fn exhausted_here(&self, caller: &K) -> Option<Duration> {
        self.here.exhausted(caller)
    }
}

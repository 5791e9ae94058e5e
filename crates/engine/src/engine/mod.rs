//! The engine as its users see it: jobs are made, planned, run and controlled here.

mod claim;
mod control;
mod create;
mod error;
mod planning;
mod read;
mod waits;
mod work;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use domain::{Clock, JobId, Timestamp, UserKey};
use storage::{Quota, Storage};
use tokio::sync::Notify;

pub use self::create::JobRequest;
pub use self::error::JobError;
use crate::events::Events;
use crate::operation::Registry;
use crate::protected::ProtectedPaths;
use crate::runner::{RunnerSettings, Siblings};
use crate::secrets::Secrets;
use crate::vault::Vault;

/// Who asks: a signed-in user, as GitLab knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Instance and user id.
    pub user: UserKey,
    /// The user's name there.
    pub username: String,
    /// Whether the user administers the instance; such users see everybody's jobs there.
    pub administrator: bool,
}

/// What the engine works with.
#[derive(Debug)]
pub struct Parts {
    /// What is remembered.
    pub storage: Arc<dyn Storage>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// The operations there are.
    pub registry: Registry,
    /// Seals what may not lie in clear in the database.
    pub vault: Vault,
    /// How runners work.
    pub runner: RunnerSettings,
    /// What no job may delete, transfer or archive.
    pub protected: ProtectedPaths,
    /// How long a lease lasts without renewal; another runner takes over after it.
    pub lease: Duration,
    /// Names this process in the database: `cli:host:4711`.
    pub name: String,
}

/// The engine: makes, plans, runs and controls jobs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Engine {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    secrets: Secrets,
    parts: Parts,
    events: Events,
    /// Rung when a job may have become runnable.
    wake: Notify,
    /// What is known of the tokens that plan.
    asked: crate::preflight::Asked,
    /// What one user may have at a time.
    quota: OnceLock<Quota>,
    /// Jobs that wait for minutes before anything of them is sent.
    parked: waits::Parked,
    /// The jobs running in this process, each with the bell of its runner.
    running: Mutex<HashMap<JobId, Arc<Notify>>>,
    /// What they write under the same parents.
    siblings: Siblings,
}

impl Engine {
    /// An engine over these parts. Starts nothing by itself.
    pub fn new(parts: Parts) -> Self {
        let inner = Inner {
            secrets: Secrets::new(parts.vault.clone(), parts.registry.clone()),
            parts,
            events: Events::default(),
            wake: Notify::new(),
            asked: crate::preflight::Asked::default(),
            quota: OnceLock::new(),
            parked: waits::Parked::default(),
            running: Mutex::default(),
            siblings: Siblings::default(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// From now on nobody makes jobs beyond this, in this process. Said once.
    pub fn limit_users(&self, quota: Quota) {
        let _ = self.inner.quota.set(quota);
    }

    /// The operations there are.
    pub fn registry(&self) -> &Registry {
        &self.inner.parts.registry
    }

    /// What happens to jobs in this process.
    pub fn events(&self) -> &Events {
        &self.inner.events
    }

    /// What is remembered.
    pub fn storage(&self) -> &Arc<dyn Storage> {
        &self.inner.parts.storage
    }

    /// Time.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.parts.clock
    }

    /// Today, for rules about dates.
    pub fn now(&self) -> Timestamp {
        self.inner.parts.clock.now()
    }
}

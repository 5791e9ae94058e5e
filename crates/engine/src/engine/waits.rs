//! What a job waits for before its items run: while it is planned, and while its plan is compared once more.
//!
//! Both ask GitLab for as long as it takes. What holds them back is said on the job, as it is while it runs, and one that
//! waits for minutes is in nobody's way: whoever has places for jobs does not count it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use domain::{Clock, Timestamp};
use gitlab_client::{Gitlab, Lane};
use storage::{Lease, Need, Storage, StorageError};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::Engine;
use crate::events::{Events, What};
use crate::runner::{YIELDS_FROM, is_news};

/// How often it is looked whether the job has to wait. Shorter waits are nobody's business.
const LOOKS_EVERY: Duration = Duration::from_secs(1);

/// How many jobs wait for minutes in this process, by what they need.
#[derive(Clone, Debug, Default)]
pub(super) struct Parked {
    plans: Arc<AtomicUsize>,
    runs: Arc<AtomicUsize>,
}

impl Parked {
    fn of(&self, need: Need) -> &Arc<AtomicUsize> {
        match need {
            Need::Plan => &self.plans,
            Need::Run => &self.runs,
        }
    }
}

/// One of them, for as long as it lives.
struct Parking(Arc<AtomicUsize>);

impl Drop for Parking {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What one claimed job waits for.
pub(super) struct Waits {
    engine: Engine,
    lease: Lease,
    gitlab: Gitlab,
    need: Need,
}

impl Engine {
    /// How many of the jobs that are planned (or run) in this process wait for minutes before anything of them is sent.
    /// They take no place.
    pub fn parked(&self, need: Need) -> usize {
        self.inner.parked.of(need).load(Ordering::Relaxed)
    }

    /// What a claimed job waits for that asks GitLab so.
    pub(super) fn waits(&self, lease: &Lease, gitlab: &Gitlab, need: Need) -> Waits {
        Waits {
            engine: self.clone(),
            lease: lease.clone(),
            gitlab: gitlab.clone(),
            need,
        }
    }
}

impl Waits {
    /// Says what the job waits for until [`Saying::end`].
    pub(super) fn say_while(&self) -> Saying {
        let stop = CancellationToken::new();
        let saying = Sayer {
            storage: Arc::clone(&self.engine.inner.parts.storage),
            clock: Arc::clone(self.engine.clock()),
            events: self.engine.events().clone(),
            parked: Arc::clone(self.engine.inner.parked.of(self.need)),
            engine: self.engine.clone(),
            lease: self.lease.clone(),
            gitlab: self.gitlab.clone(),
        };
        Saying {
            task: tokio::spawn(saying.say(stop.clone())),
            stop: stop.drop_guard(),
        }
    }
}

/// Says what a job waits for, as a task of its own.
pub(super) struct Saying {
    task: JoinHandle<()>,
    stop: DropGuard,
}

impl Saying {
    /// The job waits for nothing any more. Returns when that is said.
    pub(super) async fn end(self) {
        drop(self.stop);
        // A panic in there is told by the runtime.
        let _ = self.task.await;
    }
}

struct Sayer {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    events: Events,
    parked: Arc<AtomicUsize>,
    engine: Engine,
    lease: Lease,
    gitlab: Gitlab,
}

impl Sayer {
    async fn say(self, stop: CancellationToken) {
        let (mut said, mut parking) = (None, None);
        while stop
            .run_until_cancelled(self.clock.sleep(LOOKS_EVERY))
            .await
            .is_some()
        {
            let waiting = self.waiting();
            let is_long = waiting
                .as_ref()
                .is_some_and(|(until, _)| until.since(self.clock.now()) >= YIELDS_FROM);
            if waiting.is_none() {
                parking = None;
            } else if is_long && parking.is_none() {
                self.parked.fetch_add(1, Ordering::Relaxed);
                parking = Some(Parking(Arc::clone(&self.parked)));
                self.engine.wake();
            }
            if is_news(said.as_ref(), waiting.as_ref()) {
                self.write(waiting.as_ref()).await;
                said = waiting;
            }
        }
        if said.is_some() {
            self.write(None).await;
        }
    }

    fn waiting(&self) -> Option<(Timestamp, String)> {
        if let Some(waiting) = self.gitlab.waiting(Lane::People) {
            return Some((waiting.until, waiting.reason.to_string()));
        }
        let until = self.gitlab.asks_again()?;
        Some((until, "GitLab does not answer".to_owned()))
    }

    async fn write(&self, waiting: Option<&(Timestamp, String)>) {
        let shown = waiting.map(|(until, reason)| (*until, reason.as_str()));
        match self.storage.set_waiting(&self.lease, shown).await {
            Ok(job) => self.events.tell_job(&job, What::Progress),
            // It has been let go, and says what it waits for by itself.
            Err(StorageError::LeaseLost(_)) => {}
            Err(error) => {
                tracing::warn!(job = %self.lease.job, %error, "could not record that the job waits");
            }
        }
    }
}

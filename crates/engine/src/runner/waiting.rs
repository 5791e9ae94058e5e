//! When the job waits: it says so, and for longer waits it gives its place up.

use std::sync::Arc;
use std::time::Duration;

use domain::{Job, Timestamp};
use futures::FutureExt;
use futures::future::BoxFuture;
use gitlab_client::{Answer, Lane};
use storage::StorageError;

use super::landed::Landed;
use super::{Barrier, End, Runner, YIELDS_FROM, pause_before};
use crate::events::What;

/// Moments so near to each other are the same for people.
const SAME_MOMENT: Duration = Duration::from_secs(2);

impl Runner {
    /// Starts what can be started; when nothing can be and nothing is under way, looks for what to wait.
    pub(super) fn go_on(&mut self) {
        let now = self.run.clock.now();
        for item in self.rests.take_due(now) {
            self.schedule.push(item);
        }
        self.start_items();
        if self.in_flight > 0 || self.elsewhere > 0 || self.end.is_some() {
            return;
        }
        self.rests_until = None;
        match self.limits.barrier(now) {
            Some(Barrier::Look(reason)) => self.end = Some(End::Pause(reason)),
            Some(Barrier::Rest(until, reason)) if until.since(now) >= YIELDS_FROM => {
                self.end = Some(End::Yield(until, reason));
            }
            Some(Barrier::Rest(until, _)) => self.rests_until = Some(until),
            None => {
                self.limits.pass(now);
                self.start_items();
                if let Some((until, reason)) = self.rests.all_wait()
                    && self.in_flight == 0
                    && until.since(now) >= YIELDS_FROM
                {
                    self.end = Some(End::Yield(until, reason.to_string()));
                }
            }
        }
    }

    /// When to go on if nothing else happens before.
    pub(super) fn alarm(&self) -> Option<BoxFuture<'static, ()>> {
        let at = self.rests.next().into_iter().chain(self.rests_until).min()?;
        let left = at.since(self.run.clock.now());
        Some(self.run.clock.sleep(left.max(Duration::from_millis(1))))
    }

    /// The budget let nothing through: the item rests until it makes sense to ask again.
    pub(super) fn rest(&mut self, item: u32, answer: &Answer) {
        let now = self.run.clock.now();
        let (until, waits_for) = match answer {
            Answer::Throttled(waiting) => (waiting.until, Some(waiting.reason)),
            _ => (now.plus(pause_before(1)), None),
        };
        self.rests
            .push(item, until.max(now.plus(Duration::from_millis(10))), waits_for);
    }

    /// Until when, and why, the job is held back at this moment beyond its ordinary rate.
    pub(super) fn waiting(&self) -> Option<(Timestamp, String)> {
        let now = self.run.clock.now();
        if let Some(Barrier::Rest(until, reason)) = self.limits.barrier(now) {
            return Some((until, reason));
        }
        if self.in_flight > self.queued || self.elsewhere > 0 || self.flowed {
            return None;
        }
        if self.queued > 0 {
            let waiting = self.run.gitlab.waiting(Lane::Jobs)?;
            return Some((waiting.until, waiting.reason.to_string()));
        }
        let (until, reason) = self.rests.all_wait()?;
        Some((until, reason.to_string()))
    }

    /// Says whether the job waits, if that is news.
    pub(super) fn show_waiting(&mut self) {
        let waiting = self.waiting();
        self.flowed = false;
        let news = match (&self.said, &waiting) {
            (None, None) => false,
            (Some((said, why)), Some((until, reason))) => {
                why != reason || said.since(*until).max(until.since(*said)) > SAME_MOMENT
            }
            _ => true,
        };
        if !news || self.saying {
            return;
        }
        self.said.clone_from(&waiting);
        self.saying = true;
        let run = Arc::clone(&self.run);
        // As a task of its own: another one may hold the connection that this needs.
        let say = async move {
            let shown = waiting.as_ref().map(|(until, reason)| (*until, reason.as_str()));
            Landed::Said(run.storage.set_waiting(&run.lease, shown).await)
        };
        self.tasks.push(say.boxed());
    }

    /// That the job waits was written down, or could not be.
    pub(super) fn said(&mut self, result: Result<Job, StorageError>) {
        self.saying = false;
        match result {
            Ok(job) => self.run.events.tell_job(&job, What::Progress),
            // Only shown to people; what matters is written by the ledger, which notices the same.
            Err(error) => {
                tracing::warn!(job = %self.run.job.id, %error, "could not record that the job waits");
            }
        }
    }
}

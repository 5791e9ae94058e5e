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

/// Whether people have something from it that this is said instead of that.
pub(crate) fn is_news(said: Option<&(Timestamp, String)>, waiting: Option<&(Timestamp, String)>) -> bool {
    match (said, waiting) {
        (None, None) => false,
        (Some((said, why)), Some((until, reason))) => {
            why != reason || said.since(*until).max(until.since(*said)) > SAME_MOMENT
        }
        _ => true,
    }
}

impl Runner {
    /// Starts what can be started; when nothing can be and nothing is under way, looks for what to wait.
    pub(super) fn go_on(&mut self) {
        let now = self.run.clock.now();
        for item in self.rests.take_due(now) {
            self.schedule.push(item);
        }
        for look in self.looks.take_due(now) {
            self.look_now(look);
        }
        self.start_items();
        if self.in_flight > 0 || self.looking > 0 || self.end.is_some() {
            return;
        }
        self.rests_until = None;
        if !self.looks.is_empty() {
            // What they are about is still under way: no wave is over.
            self.yield_if_it_is_long(now);
            return;
        }
        match self.limits.barrier(now) {
            Some(Barrier::Look(reason)) => self.end = Some(End::Pause(reason)),
            Some(Barrier::Rest(until, reason)) if until.since(now) >= YIELDS_FROM => {
                self.end = Some(End::Yield(until, reason));
            }
            Some(Barrier::Rest(until, _)) => self.rests_until = Some(until),
            None => {
                self.limits.pass(now);
                self.start_items();
                self.yield_if_it_is_long(now);
            }
        }
    }

    /// Gives the job's place up when everything waits, and for long.
    fn yield_if_it_is_long(&mut self, now: Timestamp) {
        if self.in_flight == 0
            && let Some((until, reason)) = self.all_wait()
            && until.since(now) >= YIELDS_FROM
        {
            self.end = Some(End::Yield(until, reason));
        }
    }

    /// Until when, and for what, the first of all items waits, if nothing can be done before.
    fn all_wait(&self) -> Option<(Timestamp, String)> {
        let items = match self.rests.next() {
            Some(_) => Some(self.rests.all_wait()?),
            None => None,
        };
        let items = items.map(|(until, reason)| (until, reason.to_string()));
        let looks = self.looks.next();
        let looks = looks.map(|(until, waits_for)| (until, waits_for.to_string()));
        items.into_iter().chain(looks).min_by_key(|(until, _)| *until)
    }

    /// When to go on if nothing else happens before.
    pub(super) fn alarm(&self) -> Option<BoxFuture<'static, ()>> {
        let looks = self.looks.next().map(|(at, _)| at);
        let at = self
            .rests
            .next()
            .into_iter()
            .chain(self.rests_until)
            .chain(looks)
            .min()?;
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
        if self.in_flight > self.queued || self.flowed {
            return None;
        }
        if self.queued + self.looking == 0 {
            return self.all_wait();
        }
        match self.run.gitlab.waiting(Lane::Jobs) {
            Some(waiting) => Some((waiting.until, waiting.reason.to_string())),
            // That it is looked once more changes nothing; what is seen may.
            None if self.queued == 0 => self.said.clone(),
            None => None,
        }
    }

    /// Says whether the job waits, if that is news.
    pub(super) fn show_waiting(&mut self) {
        let waiting = self.waiting();
        self.flowed = false;
        if !is_news(self.said.as_ref(), waiting.as_ref()) || self.saying {
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

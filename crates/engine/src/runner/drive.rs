//! The runner's loop: what may begin begins, what comes back is dealt with, until there is nothing left to do.

use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use futures::stream::StreamExt;
use gitlab_client::Lane;
use tokio::sync::Semaphore;

use super::attempt::{Admission, Attempt};
use super::graph::{Begun, Next};
use super::landed::Landed;
use super::{End, Runner};
use crate::operation::Call;

/// How often it is looked whether the job has to wait. Shorter waits are nobody's business.
const LOOKS_EVERY: Duration = Duration::from_secs(1);
/// How long a stopping process waits for answers that are under way.
const STOPPING: Duration = Duration::from_secs(10);

impl Runner {
    pub(super) async fn drive(&mut self) -> End {
        let mut stopping = false;
        let mut give_up_at: Option<BoxFuture<'static, ()>> = None;
        let mut look = self.run.clock.sleep(LOOKS_EVERY);
        loop {
            if self.end.is_none() {
                if let Some(stop) = self.writer.stopped() {
                    self.end = Some(stop.into());
                } else if self.open == 0 {
                    self.end = Some(End::Finished);
                } else {
                    self.go_on();
                }
            }
            if let Some(end) = &self.end
                && (self.in_flight + self.refusals == 0 || *end == End::Lost)
            {
                return end.clone();
            }
            if self.end.is_some() && give_up_at.is_none() {
                self.no_more.cancel();
                give_up_at = Some(self.run.clock.sleep(STOPPING));
            }
            let run = Arc::clone(&self.run);
            let mut writer = self.writer.clone();
            let ended = self.end.is_some();
            let alarm = self.alarm();
            tokio::select! {
                Some(admission) = self.admitted.recv() => {
                    self.admit(admission);
                    self.take_admissions();
                }
                landed = self.tasks.next() => match landed {
                    Some(landed) => self.land(landed).await,
                    None => return self.end.clone().unwrap_or(End::Lost),
                },
                () = run.stopping.cancelled(), if !stopping => {
                    stopping = true;
                    self.end.get_or_insert(End::Stopping);
                }
                _ = writer.wait_stopped(), if !ended => {}
                () = &mut look, if !ended => {
                    self.show_waiting();
                    look = run.clock.sleep(LOOKS_EVERY);
                }
                () = async { match alarm { Some(alarm) => alarm.await, None => std::future::pending().await } }, if !ended => {}
                () = run.look_again.notified(), if !ended => self.renew(Duration::ZERO),
                () = async { match &mut give_up_at { Some(at) => at.await, None => std::future::pending().await } } => {
                    return self.end.clone().unwrap_or(End::Lost);
                }
            }
        }
    }

    /// An item has its budget.
    pub(super) fn admit(&mut self, Admission { item, ready_for }: Admission) {
        self.queued -= 1;
        self.flowed = true;
        self.graph.admitted(item);
        if let Some(ready_for) = ready_for {
            self.ahead.admitted(ready_for);
        }
    }

    pub(super) fn take_admissions(&mut self) {
        while let Ok(admission) = self.admitted.try_recv() {
            self.admit(admission);
        }
    }

    pub(super) fn start_items(&mut self) {
        self.flows = self.run.gitlab.flows(Lane::Jobs);
        while self.queued < self.ahead.most(self.flows) {
            let Some(item) = self.schedule.pop() else { return };
            if !self.limits.begin(item) {
                self.schedule.landed(item, false);
                self.schedule.push(item);
                return;
            }
            match self.graph.next(item) {
                Some(Ok(Next::Send(call))) => self.send_next(item, call),
                Some(Ok(Next::Follow)) => self.follow_later(item),
                Some(Ok(Next::Done)) => {
                    // Its last write was its last one for another version of this program only.
                    self.graph.is_followed(item);
                    self.in_flight += 1;
                    self.tasks
                        .push(std::future::ready(Landed::WasDone { item }).boxed());
                }
                failed => {
                    // Stored by another version, or without what it needs: both are looked at before.
                    let error = failed.and_then(Result::err);
                    tracing::error!(job = %self.run.job.id, item, ?error, "an item's call could not be made");
                    self.schedule.landed(item, false);
                    self.end = Some(End::Broke(domain::ItemError {
                        code: "INTERNAL_ERROR".into(),
                        message: format!("item {item} cannot be read by this version"),
                        gitlab_status: None,
                        details: None,
                    }));
                    return;
                }
            }
        }
    }

    pub(super) fn attempt(&mut self, item: u32, begun: Begun, call: Call) {
        let early = self.flows;
        if early {
            self.graph.admitted(item);
        }
        let attempt = Attempt {
            run: Arc::clone(&self.run),
            writer: self.writer.clone(),
            lease_deadline: Arc::clone(&self.lease_deadline),
            admissions: self.admissions.clone(),
            no_more: self.no_more.clone(),
            places: self.places_for(item),
            item,
            begun,
            early,
        };
        self.tasks.push(attempt.make(call).boxed());
    }

    /// The places under the item's parents, which it shares with other jobs, in the order in which they are to be taken:
    /// the same for all jobs, so that none waits for another that waits for it.
    fn places_for(&mut self, item: u32) -> [Option<Arc<Semaphore>>; 2] {
        let mut of_parents = [None, None];
        for (which, parent) in self.schedule.parents(item).into_iter().enumerate() {
            of_parents[which] = parent.and_then(|parent| self.places_under(parent, item, which));
        }
        of_parents.sort_unstable_by_key(|places| places.as_ref().map(Arc::as_ptr));
        of_parents
    }

    /// The places under the parent that the item stands under (0) or goes to (1).
    fn places_under(&mut self, parent: usize, item: u32, which: usize) -> Option<Arc<Semaphore>> {
        match self.places.entry(parent) {
            Entry::Occupied(there) => Some(Arc::clone(there.get())),
            Entry::Vacant(free) => {
                let [under, to] = self.graph.parent_keys(item);
                let name = if which == 0 { under } else { to };
                let run = &self.run;
                let most = run.settings.parent_concurrency;
                let places = run.siblings.under(&run.job.gitlab_url, name?, most);
                Some(Arc::clone(free.insert(places)))
            }
        }
    }

    /// Sends the item's next write. A further one of an item that has begun is also sent when the job has been
    /// stopped meanwhile: what is half done may be what nobody wants, as a branch between two protections.
    pub(super) fn send_next(&mut self, item: u32, call: Call) {
        self.schedule.goes_on(item);
        self.in_flight += 1;
        self.queued += 1;
        let begun = self.graph.begin(item);
        self.attempt(item, begun, call);
    }

    /// The item comes again when it is its turn: before all others when it has begun.
    pub(super) fn send_later(&mut self, item: u32) {
        self.schedule.landed(item, false);
        if self.graph.step(item) > 0 {
            self.schedule.prefer(item);
        }
        self.schedule.push(item);
    }
}

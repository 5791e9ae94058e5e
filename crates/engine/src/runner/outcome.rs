//! What becomes of an item: its next write, its end, or another time.

use std::time::Duration;

use domain::{ItemEvent, ItemStatus};
use storage::{Evidence, ItemChange, Progress};

use super::end::cancelled_under_way;
use super::graph::{Counts, Next};
use super::limits::Past;
use super::{End, Runner};

impl Runner {
    /// One of the item's writes is done: the next one follows, or GitLab is followed, or the item ends.
    pub(super) async fn step_done(&mut self, item: u32, evidence: Evidence, result: domain::ItemResult) {
        let advanced = self.graph.advance(item, result);
        match self.graph.next(item) {
            Some(Ok(Next::Done)) => {
                let made = self.graph.made(item);
                self.end_item(item, ItemEvent::Succeeded, Some(evidence), |change| {
                    change.result = made;
                })
                .await;
            }
            next => {
                let change = ItemChange {
                    item,
                    status: ItemStatus::Running,
                    attempts: advanced.attempts,
                    step: advanced.step,
                    error: None,
                    look_at: None,
                    result: self.graph.made(item),
                    at: self.run.clock.now(),
                };
                self.writer.record(Some(evidence), Some(change)).await;
                match next {
                    Some(Ok(Next::Follow)) => self.follow_later(item),
                    Some(Ok(Next::Send(call))) if self.end != Some(End::Lost) => self.send_next(item, call),
                    // A defect among these is found when it is to be sent.
                    _ => self.send_later(item),
                }
            }
        }
    }

    /// Ends an item: evidence and status on disk, dependents released or failed.
    pub(super) async fn end_item(
        &mut self,
        item: u32,
        event: ItemEvent,
        evidence: Option<Evidence>,
        fill: impl FnOnce(&mut ItemChange),
    ) {
        let from = if evidence.is_some() {
            ItemStatus::Running
        } else {
            self.graph.status(item)
        };
        let status = from.after(event).unwrap_or(ItemStatus::Unconfirmed);
        let at = self.run.clock.now();
        let mut change = ItemChange {
            item,
            status,
            attempts: self.graph.attempts(item),
            step: self.graph.step(item),
            error: None,
            look_at: None,
            result: None,
            at,
        };
        fill(&mut change);
        if change.status == ItemStatus::Succeeded && self.run.events.has_listeners() {
            self.touches
                .note(item, self.graph.touched(item, change.result.as_ref()));
        }
        self.schedule.landed(item, true);
        self.open -= 1;
        let released = self.graph.end(item, change.status, change.result.clone());
        let past = (change.attempts > 0).then_some(Past {
            status: change.status,
            at,
        });
        self.writer.record(evidence, Some(change)).await;
        for next in released {
            self.schedule.push(next);
        }
        self.measure();
        self.fail_what_depends_on_failed().await;
        if let Some(reason) = self.limits.ended(item, past) {
            self.end.get_or_insert(End::Pause(reason));
        }
    }

    /// Items that wait for something that failed will never run: they fail with it, each naming it.
    pub(super) async fn fail_what_depends_on_failed(&mut self) {
        for (item, error) in self.graph.take_hopeless() {
            let at = self.run.clock.now();
            let change = ItemChange {
                item,
                status: ItemStatus::Failed,
                attempts: 0,
                step: 0,
                error: Some(error),
                look_at: None,
                result: None,
                at,
            };
            self.open -= 1;
            self.schedule.landed(item, true);
            self.writer.record(None, Some(change)).await;
        }
    }

    pub(super) fn measure(&mut self) {
        let now = self.run.clock.monotonic();
        if let Some(per_second) = self.rate.ended_one(now) {
            let open = u32::try_from(self.open).unwrap_or(u32::MAX);
            let left = Duration::try_from_secs_f64(f64::from(open) / per_second).ok();
            let estimated_completion = left.map(|left| self.run.clock.now().plus(left));
            self.writer.progress(Progress {
                items_per_second: per_second,
                estimated_completion,
            });
        }
    }

    /// The item has not taken effect; it comes again after `pause` (`None`: not in this run).
    pub(super) async fn put_back(
        &mut self,
        item: u32,
        counts: Counts,
        evidence: Option<Evidence>,
        pause: Option<Duration>,
    ) {
        let attempts = self.graph.put_back(item, counts);
        let step = self.graph.step(item);
        let change = ItemChange {
            item,
            // What is half done is not put back into a cancelled job as if nothing had happened.
            status: if step == 0 {
                ItemStatus::Pending
            } else {
                ItemStatus::Running
            },
            attempts,
            step,
            error: None,
            look_at: None,
            result: None,
            at: self.run.clock.now(),
        };
        if step == 0 {
            self.limits.put_back(item);
        }
        self.writer.record(evidence, Some(change)).await;
        let again_at_once = pause == Some(Duration::ZERO);
        if again_at_once && step > 0 && !matches!(self.end, None | Some(End::Lost)) {
            // Nobody takes it from the schedule any more.
            if let Some(Ok(Next::Send(call))) = self.graph.next(item) {
                self.send_next(item, call);
                return;
            }
        }
        self.schedule.landed(item, false);
        match pause {
            Some(Duration::ZERO) => self.send_later(item),
            Some(pause) => self.rests.push(item, self.run.clock.now().plus(pause), None),
            None => {}
        }
    }

    /// Nothing of an attempt is on disk, and nothing was sent.
    pub(super) fn not_begun(&mut self, item: u32) {
        self.graph.put_back(item, Counts::No);
        self.schedule.landed(item, false);
        if self.graph.step(item) == 0 {
            self.limits.put_back(item);
        }
    }

    /// No runner comes back to a cancelled job: what is still under way now will not be settled.
    pub(super) async fn leave_open_items_to_a_person(&mut self) {
        for item in self.graph.under_way() {
            let look_at = cancelled_under_way();
            self.end_item(item, ItemEvent::Lost, None, |change| {
                change.look_at = Some(look_at);
            })
            .await;
        }
    }
}

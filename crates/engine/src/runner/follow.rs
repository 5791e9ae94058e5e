//! GitLab's work that goes on after its answer: followed to its end.

use std::time::Duration;

use domain::{ItemError, ItemEvent, ItemResult, LookAt, Timestamp};

use super::Runner;
use super::look::{Look, Question};
use super::resting_looks::WaitsFor;
use crate::operation::Followed;

/// How what GitLab went on with has ended.
pub(super) enum Ended {
    /// Well.
    Done(Option<ItemResult>),
    /// GitLab gave up.
    Failed(ItemError),
    /// Nobody here can tell, or wait for it any longer.
    Unknown(LookAt),
}

/// How long GitLab may go on with an item after its last answer.
const LONGEST: Duration = Duration::from_hours(6);
/// The shortest pause between two looks.
const SHORTEST_PAUSE: Duration = Duration::from_millis(250);
/// While GitLab is at it for no longer than this, a job keeps its place and looks every few seconds.
const SOON: Duration = Duration::from_mins(2);
/// The longest pause until then.
const LONGEST_PAUSE_SOON: Duration = Duration::from_secs(15);
/// From then on the job gives its place up between two looks.
const PAUSES_LATER: [Duration; 2] = [Duration::from_mins(1), Duration::from_mins(5)];

/// How long until the next look when GitLab has been at it for so long: an eighth of that, within bounds.
fn pause_after(age: Duration) -> Duration {
    if age < SOON {
        pause_soon(age)
    } else {
        (age / 8).clamp(PAUSES_LATER[0], PAUSES_LATER[1])
    }
}

/// The same for a job that keeps its place.
pub(super) fn pause_soon(age: Duration) -> Duration {
    (age / 8).clamp(SHORTEST_PAUSE, LONGEST_PAUSE_SOON)
}

impl Runner {
    /// Waits for GitLab to come to an end with the item; siblings go on meanwhile.
    pub(super) fn follow_later(&mut self, item: u32) {
        self.schedule.landed(item, false);
        self.graph.is_followed(item);
        // Another run may have begun to.
        let before = self.sent_before.remove(&item);
        let since = before.unwrap_or_else(|| self.run.clock.now());
        self.look(item, Question::Follow { since });
    }

    /// GitLab has said how far it is with what it accepted at `since`.
    pub(super) async fn seen_so_far(&mut self, mut look: Look, since: Timestamp, followed: Followed) {
        let item = look.item;
        let ended = match followed {
            Followed::Done(result) => Ended::Done(result),
            Followed::Failed(error) => Ended::Failed(error),
            Followed::Pending => {
                let now = self.run.clock.now();
                let age = now.since(since);
                if age <= LONGEST {
                    look.pause = pause_after(age);
                    let until = now.plus(look.pause);
                    self.looks.push(look, until, WaitsFor::Gitlab);
                    return;
                }
                let message =
                    "GitLab has accepted this and is still not done with it. Look how far it is.".to_owned();
                Ended::Unknown(self.look_at(item, message))
            }
        };
        self.followed(item, ended).await;
    }

    pub(super) async fn followed(&mut self, item: u32, ended: Ended) {
        match ended {
            Ended::Done(result) => {
                let result = result.or_else(|| self.graph.made(item));
                self.end_item(item, ItemEvent::Succeeded, None, |change| change.result = result)
                    .await;
            }
            Ended::Failed(error) => {
                self.end_item(item, ItemEvent::Refused, None, |change| {
                    change.error = Some(error);
                })
                .await;
            }
            Ended::Unknown(look_at) => {
                self.end_item(item, ItemEvent::Lost, None, |change| {
                    change.look_at = Some(look_at);
                })
                .await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_become_rarer_and_a_job_that_waits_for_minutes_gives_its_place_up() {
        let seconds = |age| pause_after(Duration::from_secs(age)).as_secs_f64();
        assert_eq!((seconds(0), seconds(8), seconds(119)), (0.25, 1.0, 14.875));
        assert_eq!(
            (seconds(120), seconds(1_200), seconds(20_000)),
            (60.0, 150.0, 300.0)
        );
        assert!(PAUSES_LATER[0] >= super::super::YIELDS_FROM);
    }
}

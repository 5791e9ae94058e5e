//! Looking after what was sent: what became of it when its answer was lost, how far GitLab is with what it has accepted,
//! and whether what it refused is so already.
//!
//! A look asks once. Until it asks again it rests, takes no place, and what it waits for is said on the job. A limit is
//! waited for however long it is; what GitLab does not let us see is left to a person, and the other items go on.

use std::sync::Arc;
use std::time::Duration;

use domain::{ItemEvent, ItemResult, Timestamp};
use futures::FutureExt;
use gitlab_client::GitlabError;
use storage::{Evidence, EvidenceKind};

use super::end::unreachable;
use super::follow::Ended;
use super::landed::Landed;
use super::resting_looks::WaitsFor;
use super::settle::{Looker, Settled};
use super::{End, GONE_FOR_TOO_LONG, Run, Runner, WAITS_FOR_LOGIN};
use crate::operation::{Followed, Settlement};

/// Looks that GitLab answers with something else than what was asked for, before the item is left to a person.
const MAX_FAILED_LOOKS: u32 = 10;
/// The first pause after a look that has decided nothing; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause between two looks of which the next may decide.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// What is looked for.
pub(super) enum Question {
    /// What became of a write whose answer was lost. Presence is settled at once; absence only from `absent_from` on,
    /// when GitLab can no longer be working on the request.
    Settle {
        attempt: u32,
        call: u32,
        intent_at: Timestamp,
        absent_from: Timestamp,
    },
    /// Whether GitLab has come to an end with what it accepted then.
    Follow { since: Timestamp },
    /// Whether GitLab has come to an end with what it may have begun, though it refused it then. The refusal is not on
    /// disk.
    Doubt {
        since: Timestamp,
        evidence: Evidence,
        error: domain::ItemError,
    },
    /// Whether what GitLab refused to make is there: somebody else may have made it since the plan. The refusal is on
    /// disk.
    Find {
        intent_at: Timestamp,
        error: domain::ItemError,
    },
    /// Whether what GitLab refused to do was done before. The refusal is not on disk.
    Done {
        intent_at: Timestamp,
        evidence: Evidence,
        error: domain::ItemError,
    },
}

impl Question {
    /// Asked after GitLab has refused: a job that is to stop waits for it, as for an answer.
    fn is_after_a_refusal(&self) -> bool {
        matches!(self, Self::Find { .. } | Self::Done { .. })
    }
}

/// One question about one item, asked until it is answered.
pub(super) struct Look {
    pub(super) item: u32,
    pub(super) question: Question,
    looker: Looker,
    /// How long it rests after the next look that decides nothing.
    pub(super) pause: Duration,
    failing: Option<Failing>,
}

/// GitLab cannot be asked.
#[derive(Clone, Copy)]
struct Failing {
    /// On the monotonic clock.
    since: Duration,
    /// Looks in a row.
    times: u32,
}

/// What a look has shown.
pub(super) enum Seen {
    Settlement {
        settlement: Settlement,
        /// GitLab could not be working on the request any more when it was asked.
        too_late_for_gitlab: bool,
    },
    Followed(Followed),
}

impl Look {
    async fn ask(&self, run: &Run) -> Result<Seen, GitlabError> {
        let (intent_at, absent_from) = match &self.question {
            Question::Follow { .. } | Question::Doubt { .. } => {
                let context = self.looker.context(run, run.clock.now());
                let followed = self.looker.operation.follow(&self.looker.params, context);
                return Ok(Seen::Followed(followed.await?));
            }
            Question::Settle {
                intent_at,
                absent_from,
                ..
            } => (*intent_at, *absent_from),
            Question::Find { intent_at, .. } | Question::Done { intent_at, .. } => (*intent_at, *intent_at),
        };
        // Asked before looking: an answer that was under way at that moment is covered by the look.
        let too_late_for_gitlab = run.clock.now() >= absent_from;
        Ok(Seen::Settlement {
            settlement: self.looker.look(run, intent_at).await?,
            too_late_for_gitlab,
        })
    }
}

impl Runner {
    /// Looks, until it is known.
    pub(super) fn look(&mut self, item: u32, question: Question) {
        let looker = self.graph.looker(item);
        self.look_now(Look {
            item,
            question,
            looker,
            pause: FIRST_PAUSE,
            failing: None,
        });
    }

    /// Looks once. As a task of its own: the items under way may hold the places that it needs.
    pub(super) fn look_now(&mut self, look: Look) {
        self.looking += 1;
        self.refusals += u32::from(look.question.is_after_a_refusal());
        let run = Arc::clone(&self.run);
        let ask = async move {
            let seen = look.ask(&run).await;
            Landed::Looked {
                look: Box::new(look),
                seen,
            }
        };
        self.tasks.push(ask.boxed());
    }

    /// A look has come back.
    pub(super) async fn looked(&mut self, mut look: Look, seen: Result<Seen, GitlabError>) {
        self.looking -= 1;
        self.refusals -= u32::from(look.question.is_after_a_refusal());
        let seen = match seen {
            Ok(seen) => seen,
            Err(error) => return self.look_failed(look, error).await,
        };
        look.failing = None;
        self.heard_at = Some(self.run.clock.monotonic());
        match (&look.question, seen) {
            (&Question::Follow { since }, Seen::Followed(followed)) => {
                self.seen_so_far(look, since, followed).await;
            }
            (Question::Doubt { .. }, Seen::Followed(followed)) => self.doubted(look, followed).await,
            (
                _,
                Seen::Settlement {
                    settlement,
                    too_late_for_gitlab,
                },
            ) => self.seen_of_it(look, settlement, too_late_for_gitlab).await,
            // Nothing else is followed.
            (_, Seen::Followed(_)) => {}
        }
    }

    async fn seen_of_it(&mut self, look: Look, settlement: Settlement, too_late_for_gitlab: bool) {
        let item = look.item;
        match (look.question, settlement) {
            (
                Question::Settle {
                    attempt,
                    call,
                    intent_at,
                    absent_from,
                },
                settlement,
            ) => {
                let settled = match settlement {
                    Settlement::Adopted(result) => Settled::Present { call, result },
                    Settlement::Undecided { look_at, .. } => Settled::Undecided { call, look_at },
                    Settlement::Absent if too_late_for_gitlab => Settled::Absent { call },
                    Settlement::Absent => {
                        // Rarer as time goes on, and once more exactly when absence begins to count.
                        let left = absent_from.since(self.run.clock.now());
                        let question = Question::Settle {
                            attempt,
                            call,
                            intent_at,
                            absent_from,
                        };
                        let until = if left.is_zero() {
                            look.pause
                        } else {
                            look.pause.min(left)
                        };
                        self.look_again(Look { question, ..look }, until, WaitsFor::Settling);
                        return;
                    }
                };
                self.settled(item, attempt, settled).await;
            }
            (Question::Find { .. }, Settlement::Adopted(present) | Settlement::Undecided { present, .. }) => {
                self.is_refused(item, None, Ok(present)).await;
            }
            (Question::Find { error, .. }, Settlement::Absent) => {
                self.is_refused(item, None, Err(error)).await;
            }
            (Question::Done { evidence, .. }, Settlement::Adopted(result)) => {
                self.step_done(item, evidence, result).await;
            }
            (Question::Done { evidence, error, .. }, _) => {
                self.refused_or_in_doubt(item, evidence, error).await;
            }
            // They are asked otherwise.
            (Question::Follow { .. } | Question::Doubt { .. }, _) => {}
        }
    }

    /// GitLab has refused it: the item fails, unless what it was to make is there as wanted (`skipExisting`).
    pub(super) async fn is_refused(
        &mut self,
        item: u32,
        evidence: Option<Evidence>,
        outcome: Result<ItemResult, domain::ItemError>,
    ) {
        self.end_item(item, ItemEvent::Refused, evidence, |change| match outcome {
            Ok(present) => {
                change.result = Some(present);
                change.status = domain::ItemStatus::Skipped;
            }
            Err(error) => change.error = Some(error),
        })
        .await;
    }

    /// GitLab could not be asked, or did not say.
    async fn look_failed(&mut self, mut look: Look, error: GitlabError) {
        let now = self.run.clock.monotonic();
        match error {
            // What was to be looked at is still to be looked at when the job goes on.
            GitlabError::Unauthorized(_) => {
                self.end.get_or_insert(End::Pause(WAITS_FOR_LOGIN.into()));
                return;
            }
            GitlabError::RateLimited(waiting) => {
                let pause = waiting.until.since(self.run.clock.now());
                self.look_again(look, pause, WaitsFor::Budget(waiting.reason));
                return;
            }
            _ => {}
        }
        let failing = look.failing.get_or_insert(Failing { since: now, times: 0 });
        failing.times += 1;
        let Failing { since, times } = *failing;
        // That may be so for all questions, or for this one.
        if error.is_outage() || matches!(error, GitlabError::HostRefused(_) | GitlabError::Withheld) {
            if now.saturating_sub(since) > GONE_FOR_TOO_LONG {
                if self.heard_at.is_some_and(|at| at > since) {
                    self.leave_to_a_person(look, &error).await;
                } else {
                    self.end.get_or_insert(End::Broke(unreachable(&format!(
                        "GitLab cannot be asked what became of a request ({error})"
                    ))));
                }
                return;
            }
        } else if times >= MAX_FAILED_LOOKS {
            self.leave_to_a_person(look, &error).await;
            return;
        }
        let pause = look.pause;
        self.look_again(look, pause, WaitsFor::AnAnswer);
    }

    /// Rests until the next look.
    pub(super) fn look_again(&mut self, mut look: Look, pause: Duration, waits_for: WaitsFor) {
        let until = self.run.clock.now().plus(pause.max(Duration::from_millis(20)));
        if !matches!(waits_for, WaitsFor::Budget(_)) {
            look.pause = (look.pause * 2).min(LONGEST_PAUSE);
        }
        self.looks.push(look, until, waits_for);
    }

    /// GitLab answers, but not what was asked: nobody here will find out. What it refused has failed all the same.
    async fn leave_to_a_person(&mut self, look: Look, why: &GitlabError) {
        tracing::warn!(job = %self.run.job.id, item = look.item, error = %why, "what became of a request cannot be seen");
        match look.question {
            Question::Settle { attempt, call, .. } => {
                let look_at = self.look_at(
                    look.item,
                    format!(
                        "GitLab's answer was lost, and what became of the request cannot be seen ({why}). Look whether it was done."
                    ),
                );
                self.settled(look.item, attempt, Settled::Undecided { call, look_at })
                    .await;
            }
            Question::Follow { .. } => {
                let look_at = self.look_at(
                    look.item,
                    format!("GitLab has accepted this, and how far it is cannot be seen ({why}). Look whether it is done."),
                );
                self.followed(look.item, Ended::Unknown(look_at)).await;
            }
            Question::Find { error, .. } => self.is_refused(look.item, None, Err(error)).await,
            Question::Done { evidence, error, .. } => {
                self.refused_or_in_doubt(look.item, evidence, error).await;
            }
            Question::Doubt { evidence, error, .. } => {
                self.stays_in_doubt(look.item, evidence, &error).await;
            }
        }
    }

    /// What a person is to compare, and where it is if that is known.
    pub(super) fn look_at(&self, item: u32, message: String) -> domain::LookAt {
        domain::LookAt {
            url: self.graph.made(item).and_then(|made| made.web_url),
            message,
        }
    }

    /// Nobody looks any more. What GitLab has refused is not under way: it has failed.
    pub(super) async fn give_up_looking(&mut self) {
        for look in self.looks.take_all() {
            match look.question {
                Question::Find { error, .. } => self.is_refused(look.item, None, Err(error)).await,
                Question::Done { evidence, error, .. } => {
                    self.is_refused(look.item, Some(evidence), Err(error)).await;
                }
                Question::Settle { .. } | Question::Follow { .. } | Question::Doubt { .. } => {}
            }
        }
    }

    /// The evidence of what was found by looking.
    pub(super) fn found(&self, item: u32, attempt: u32, call: u32, kind: EvidenceKind) -> Evidence {
        Evidence {
            item,
            attempt,
            call,
            kind,
            gitlab_status: None,
            request_id: None,
            seen: None,
            at: self.run.clock.now(),
        }
    }
}

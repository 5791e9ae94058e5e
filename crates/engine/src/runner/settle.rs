//! What became of a write whose answer was lost: look, wait, look again.

use std::sync::Arc;
use std::time::Duration;

use domain::{Action, Change, ItemEvent, ItemResult, LookAt, Timestamp};
use futures::FutureExt;
use gitlab_client::GitlabError;
use serde_json::value::RawValue;
use storage::{Evidence, EvidenceKind};

use super::end::unreachable;
use super::graph::Counts;
use super::landed::Landed;
use super::{End, MAX_ATTEMPTS, Run, Runner, SEND_WITHIN, WAITS_FOR_LOGIN};
use crate::estate::Known;
use crate::operation::{AnyOperation, CallContext, SettleContext, Settlement};

/// Looks that fail in a row before the job gives up for now.
pub(super) const MAX_FAILED_LOOKS: u32 = 10;

/// What became of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Settled {
    /// It is there and it is ours.
    Present { call: u32, result: ItemResult },
    /// It is not there and will not come any more.
    Absent { call: u32 },
    /// A person has to look.
    Undecided { call: u32, look_at: LookAt },
    /// The token is no longer good.
    Unauthorized,
    /// GitLab cannot be asked.
    CannotAsk { why: String },
}

/// Everything about an item that settling needs, apart from the run.
pub(super) struct Looker {
    pub(super) operation: Arc<dyn AnyOperation>,
    pub(super) params: Arc<RawValue>,
    pub(super) step: u32,
    pub(super) action: Action,
    pub(super) needs: Vec<Known>,
    pub(super) present: Option<ItemResult>,
    pub(super) changes: Vec<Change>,
    pub(super) remembered: Option<serde_json::Value>,
}

impl Looker {
    /// Looks once.
    pub(super) async fn look(&self, run: &Run, intent_at: Timestamp) -> Result<Settlement, GitlabError> {
        self.operation
            .settle(&self.params, self.context(run, intent_at))
            .await
    }

    pub(super) fn context<'a>(&'a self, run: &'a Run, intent_at: Timestamp) -> SettleContext<'a> {
        SettleContext {
            gitlab: &run.gitlab,
            call: CallContext {
                step: self.step,
                action: self.action,
                needs: &self.needs,
                present: self.present.as_ref(),
                changes: &self.changes,
                remembered: self.remembered.as_ref(),
            },
            intent_at,
            user_id: run.job.user_id,
        }
    }

    /// What the write was to bring about, if it is so.
    pub(super) async fn done(&self, run: &Run, intent_at: Timestamp) -> Option<ItemResult> {
        match self.look(run, intent_at).await {
            Ok(Settlement::Adopted(present)) => Some(present),
            _ => None,
        }
    }

    /// The object, if it is there, whoever made it.
    pub(super) async fn find(&self, run: &Run, intent_at: Timestamp) -> Option<ItemResult> {
        match self.look(run, intent_at).await {
            Ok(Settlement::Adopted(present) | Settlement::Undecided { present, .. }) => Some(present),
            _ => None,
        }
    }
}

/// Looks until it is known. Presence is settled at once; absence only from `absent_from` on, when
/// GitLab can no longer be working on the request.
pub(super) async fn settle(
    run: &Run,
    looker: &Looker,
    intent_at: Timestamp,
    absent_from: Timestamp,
    call: u32,
) -> Settled {
    let mut failed = 0;
    let mut pause = Duration::from_millis(500);
    loop {
        // Asked before looking: an answer that was under way at that moment is covered by the look.
        let too_late_for_gitlab = run.clock.now() >= absent_from;
        match looker.look(run, intent_at).await {
            Ok(Settlement::Adopted(result)) => return Settled::Present { call, result },
            Ok(Settlement::Undecided { look_at, .. }) => return Settled::Undecided { call, look_at },
            Ok(Settlement::Absent) if too_late_for_gitlab => return Settled::Absent { call },
            Ok(Settlement::Absent) => failed = 0,
            Err(GitlabError::Unauthorized(_)) => return Settled::Unauthorized,
            Err(error) => {
                failed += 1;
                if failed >= MAX_FAILED_LOOKS {
                    return Settled::CannotAsk {
                        why: error.to_string(),
                    };
                }
            }
        }
        // Rarer as time goes on, and once more exactly when absence begins to count.
        let until = absent_from.since(run.clock.now());
        let rest = if until.is_zero() || failed > 0 {
            pause
        } else {
            pause.min(until)
        };
        run.clock.sleep(rest.max(Duration::from_millis(20))).await;
        pause = (pause * 2).min(Duration::from_secs(15));
    }
}

impl Runner {
    /// Looks what became of an intent whose answer was lost, until it is known.
    pub(super) fn settle_later(&mut self, item: u32, attempt: u32, call: u32, intent_at: Timestamp) {
        let run = Arc::clone(&self.run);
        // From now on nothing of it is being sent: this process has given the attempt up, or the one that
        // made it is dead or fenced out. Long after the intent that was so long ago.
        let last_sent = run
            .clock
            .now()
            .min(intent_at.plus(SEND_WITHIN + run.settings.timeout));
        let absent_from = last_sent.plus(run.settings.settle);
        let looker = self.graph.looker(item);
        self.elsewhere += 1;
        self.tasks.push(
            async move {
                let settled = settle(&run, &looker, intent_at, absent_from, call).await;
                Landed::Settled {
                    item,
                    attempt,
                    settled,
                }
            }
            .boxed(),
        );
    }

    pub(super) async fn settled(&mut self, item: u32, attempt: u32, settled: Settled) {
        let evidence = |kind, call| Evidence {
            item,
            attempt,
            call,
            kind,
            gitlab_status: None,
            request_id: None,
            seen: None,
            at: self.run.clock.now(),
        };
        match settled {
            Settled::Present { call, result } => {
                let evidence = evidence(EvidenceKind::FoundPresent, call);
                self.step_done(item, evidence, result).await;
            }
            Settled::Absent { call } => {
                let evidence = evidence(EvidenceKind::FoundAbsent, call);
                if let Some(error) = self.run.changed.get(&item).filter(|_| call == 0).cloned() {
                    self.end_item(item, ItemEvent::Refused, Some(evidence), |change| {
                        change.error = Some(error);
                    })
                    .await;
                } else if self.graph.tries(item) >= MAX_ATTEMPTS {
                    self.end_item(item, ItemEvent::Refused, Some(evidence), |change| {
                        change.error = Some(domain::ItemError {
                            code: "GITLAB_NO_ANSWER".into(),
                            message: format!(
                                "GitLab gave no answer {MAX_ATTEMPTS} times and did not do it; retry when it is well again"
                            ),
                            gitlab_status: None,
                            details: None,
                        });
                    })
                    .await;
                } else {
                    self.put_back(item, Counts::Yes, Some(evidence), Some(Duration::ZERO))
                        .await;
                }
            }
            Settled::Undecided { call, look_at } => {
                let evidence = evidence(EvidenceKind::Undecided, call);
                self.end_item(item, ItemEvent::Lost, Some(evidence), |change| {
                    change.look_at = Some(look_at);
                })
                .await;
            }
            Settled::Unauthorized => {
                self.end.get_or_insert(End::Pause(WAITS_FOR_LOGIN.into()));
            }
            Settled::CannotAsk { why } => {
                self.end.get_or_insert(End::Broke(unreachable(&format!(
                    "GitLab cannot be asked what became of a request ({why})"
                ))));
            }
        }
    }
}

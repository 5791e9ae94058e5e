//! What became of a write whose answer was lost, and what follows from it.

use std::sync::Arc;
use std::time::Duration;

use domain::{Action, Change, ItemEvent, ItemResult, LookAt, Timestamp};
use gitlab_client::GitlabError;
use serde_json::value::RawValue;
use storage::EvidenceKind;

use super::graph::Counts;
use super::look::Question;
use super::{MAX_ATTEMPTS, Run, Runner, SEND_WITHIN};
use crate::estate::Known;
use crate::operation::{AnyOperation, CallContext, SettleContext, Settlement};

/// What became of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Settled {
    /// It is there and it is ours.
    Present { call: u32, result: ItemResult },
    /// It is not there and will not come any more.
    Absent { call: u32 },
    /// A person has to look.
    Undecided { call: u32, look_at: LookAt },
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
}

impl Runner {
    /// Looks what became of an intent whose answer was lost, until it is known.
    pub(super) fn settle_later(&mut self, item: u32, attempt: u32, call: u32, intent_at: Timestamp) {
        let run = &self.run;
        // From now on nothing of it is being sent: this process has given the attempt up, or the one that
        // made it is dead or fenced out. Long after the intent that was so long ago.
        let last_sent = run
            .clock
            .now()
            .min(intent_at.plus(SEND_WITHIN + run.settings.timeout));
        let absent_from = last_sent.plus(run.settings.settle);
        self.look(
            item,
            Question::Settle {
                attempt,
                call,
                intent_at,
                absent_from,
            },
        );
    }

    pub(super) async fn settled(&mut self, item: u32, attempt: u32, settled: Settled) {
        match settled {
            Settled::Present { call, result } => {
                let evidence = self.found(item, attempt, call, EvidenceKind::FoundPresent);
                self.step_done(item, evidence, result).await;
            }
            Settled::Absent { call } => {
                let evidence = self.found(item, attempt, call, EvidenceKind::FoundAbsent);
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
                let evidence = self.found(item, attempt, call, EvidenceKind::Undecided);
                self.end_item(item, ItemEvent::Lost, Some(evidence), |change| {
                    change.look_at = Some(look_at);
                })
                .await;
            }
        }
    }
}

//! What became of a write whose answer was lost: look, wait, look again.

use std::sync::Arc;
use std::time::Duration;

use domain::{Action, Change, ItemResult, LookAt, Timestamp};
use gitlab_client::GitlabError;
use serde_json::value::RawValue;

use super::Run;
use crate::estate::Known;
use crate::operation::{AnyOperation, CallContext, SettleContext, Settlement};

/// Looks that fail in a row before the job gives up for now.
const MAX_FAILED_LOOKS: u32 = 10;

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
    pub(super) action: Action,
    pub(super) needs: Vec<Known>,
    pub(super) present: Option<ItemResult>,
    pub(super) changes: Vec<Change>,
}

impl Looker {
    /// Looks once.
    pub(super) async fn look(&self, run: &Run, intent_at: Timestamp) -> Result<Settlement, GitlabError> {
        let context = SettleContext {
            gitlab: &run.gitlab,
            call: CallContext {
                action: self.action,
                needs: &self.needs,
                present: self.present.as_ref(),
                changes: &self.changes,
            },
            intent_at,
            user_id: run.job.user_id,
        };
        self.operation.settle(&self.params, context).await
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

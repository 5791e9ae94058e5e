//! What became of a write whose answer was lost: look, wait, look again.

use std::sync::Arc;
use std::time::Duration;

use domain::{Action, Change, ItemError, ItemResult, LookAt, Timestamp};
use gitlab_client::GitlabError;
use serde_json::value::RawValue;

use super::Run;
use crate::estate::Known;
use crate::operation::{AnyOperation, CallContext, Followed, SettleContext, Settlement};

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

    fn context<'a>(&'a self, run: &'a Run, intent_at: Timestamp) -> SettleContext<'a> {
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

/// How what GitLab went on with has ended.
pub(super) enum Ended {
    /// Well.
    Done(Option<ItemResult>),
    /// GitLab gave up.
    Failed(ItemError),
    /// It goes on for longer than anybody should wait for.
    TooLong,
    /// The token is no longer good.
    Unauthorized,
    /// GitLab cannot be asked.
    CannotAsk { why: String },
}

/// How long GitLab may go on with an item after its last answer.
const LONGEST: Duration = Duration::from_hours(6);

/// Looks until GitLab has come to an end with the item.
pub(super) async fn follow(run: &Run, looker: &Looker) -> Ended {
    let begun = run.clock.monotonic();
    let mut failed = 0;
    let mut pause = Duration::from_millis(250);
    loop {
        let context = looker.context(run, run.clock.now());
        match looker.operation.follow(&looker.params, context).await {
            Ok(Followed::Done(result)) => return Ended::Done(result),
            Ok(Followed::Failed(error)) => return Ended::Failed(error),
            Ok(Followed::Pending) => failed = 0,
            Err(GitlabError::Unauthorized(_)) => return Ended::Unauthorized,
            Err(error) => {
                failed += 1;
                if failed >= MAX_FAILED_LOOKS {
                    return Ended::CannotAsk {
                        why: error.to_string(),
                    };
                }
            }
        }
        if run.clock.monotonic().saturating_sub(begun) > LONGEST {
            return Ended::TooLong;
        }
        run.clock.sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(15));
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

//! GitLab's work that goes on after its answer: followed to its end.

use std::sync::Arc;
use std::time::Duration;

use domain::{ItemError, ItemEvent, ItemResult, LookAt};
use futures::FutureExt;
use gitlab_client::GitlabError;

use super::end::unreachable;
use super::landed::Landed;
use super::settle::{Looker, MAX_FAILED_LOOKS};
use super::{End, Run, Runner, WAITS_FOR_LOGIN};
use crate::operation::Followed;

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

impl Runner {
    /// Waits for GitLab to come to an end with the item; siblings go on meanwhile.
    pub(super) fn follow_later(&mut self, item: u32) {
        self.schedule.landed(item, false);
        self.graph.is_followed(item);
        self.elsewhere += 1;
        let (run, looker) = (Arc::clone(&self.run), self.graph.looker(item));
        self.tasks.push(
            async move {
                let ended = follow(&run, &looker).await;
                Landed::Followed { item, ended }
            }
            .boxed(),
        );
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
            Ended::TooLong => {
                let made = self.graph.made(item);
                self.end_item(item, ItemEvent::Lost, None, |change| {
                    change.look_at = Some(LookAt {
                        url: made.and_then(|made| made.web_url),
                        message:
                            "GitLab has accepted this and is still not done with it. Look how far it is."
                                .into(),
                    });
                })
                .await;
            }
            Ended::Unauthorized => {
                self.end.get_or_insert(End::Pause(WAITS_FOR_LOGIN.into()));
            }
            Ended::CannotAsk { why } => {
                self.end.get_or_insert(End::Broke(unreachable(&format!(
                    "GitLab cannot be asked how far it is ({why})"
                ))));
            }
        }
    }
}

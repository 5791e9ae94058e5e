//! A refusal after a lost answer: GitLab may be at it already.

use std::time::Duration;

use domain::{ItemError, ItemEvent};
use storage::Evidence;

use super::Runner;
use super::follow::pause_soon;
use super::look::{Look, Question};
use super::resting_looks::WaitsFor;
use crate::operation::Followed;

/// How long GitLab may be at something of which nobody knows whether it has begun.
const LONGEST: Duration = Duration::from_mins(10);

impl Runner {
    /// GitLab has refused it, and it was not done before: the item fails, unless GitLab may be at it.
    pub(super) async fn refused_or_in_doubt(&mut self, item: u32, evidence: Evidence, error: ItemError) {
        if evidence
            .gitlab_status
            .is_some_and(|status| self.graph.may_be_under_way(item, status))
        {
            self.doubt(item, evidence, error);
        } else {
            self.is_refused(item, Some(evidence), Err(error)).await;
        }
    }

    /// Follows an item as if GitLab had accepted it; siblings go on meanwhile. Its intent stays open: a process that
    /// dies meanwhile sends again, is refused again, and is here again.
    fn doubt(&mut self, item: u32, evidence: Evidence, error: ItemError) {
        self.schedule.landed(item, false);
        self.graph.is_followed(item);
        let since = self.run.clock.now();
        self.look(
            item,
            Question::Doubt {
                since,
                evidence,
                error,
            },
        );
    }

    /// GitLab has said how far it is with what it may have begun.
    pub(super) async fn doubted(&mut self, mut look: Look, followed: Followed) {
        let Question::Doubt {
            since,
            evidence,
            error,
        } = look.question
        else {
            return;
        };
        match followed {
            Followed::Done(Some(result)) => self.step_done(look.item, evidence, result).await,
            Followed::Failed(error) => self.is_refused(look.item, Some(evidence), Err(error)).await,
            Followed::Pending if self.run.clock.now().since(since) <= LONGEST => {
                // Never so long that the job gives its place up: whoever goes on with it would send once more.
                look.pause = pause_soon(self.run.clock.now().since(since));
                let until = self.run.clock.now().plus(look.pause);
                look.question = Question::Doubt {
                    since,
                    evidence,
                    error,
                };
                self.looks.push(look, until, WaitsFor::Gitlab);
            }
            Followed::Done(None) | Followed::Pending => {
                self.stays_in_doubt(look.item, evidence, &error).await;
            }
        }
    }

    /// Nobody here will find out.
    pub(super) async fn stays_in_doubt(&mut self, item: u32, evidence: Evidence, error: &ItemError) {
        let look_at = self.look_at(
            item,
            format!(
                "GitLab's first answer was lost, and to the second request it said: {}. Either it is still at it, or it \
                 never began. Look whether it is done.",
                error.message
            ),
        );
        self.end_item(item, ItemEvent::Lost, Some(evidence), |change| {
            change.look_at = Some(look_at);
        })
        .await;
    }
}

use domain::{InstanceUrl, UserKey};
use gitlab_client::GitlabError;
use http::StatusCode;

use super::cache::Done;
use super::effect::Effect;
use crate::changes::Changes;

/// A write that is under way. Whatever becomes of it, and also when nobody waits for it any more, what it may
/// have made untrue is dropped.
pub(super) struct Writing {
    changes: Changes,
    instance: InstanceUrl,
    by: UserKey,
    effect: Effect,
    ended: bool,
}

impl Writing {
    pub(super) fn new(changes: Changes, instance: InstanceUrl, by: UserKey, effect: Effect) -> Self {
        Self {
            changes,
            instance,
            by,
            effect,
            ended: false,
        }
    }

    /// GitLab has answered, or there is no answer.
    pub(super) fn ended(mut self, outcome: Result<StatusCode, &GitlabError>) -> Self {
        self.ended = true;
        let done = match outcome {
            Ok(StatusCode::ACCEPTED) => Done::Later,
            Ok(status) if status.is_server_error() => Done::Later,
            Ok(status) if status.is_client_error() => return self,
            Ok(_) => Done::Now,
            Err(
                GitlabError::InvalidPath(_)
                | GitlabError::HostRefused(_)
                | GitlabError::RateLimited(_)
                | GitlabError::Unreachable(_),
            ) => return self,
            Err(_) => Done::Later,
        };
        self.drop_stale(done);
        self
    }

    /// Whether there is something to tell once the answer has been read.
    pub(super) fn has_event(&self) -> bool {
        self.effect.event.is_some()
    }

    /// Tells what was done, with what the answer says about it.
    pub(super) async fn tell(mut self, answer: &[u8]) {
        if let Some(event) = self.effect.event.take() {
            self.changes
                .tell(&self.instance, Some(&self.by), &event.read(answer))
                .await;
        }
    }

    fn drop_stale(&self, done: Done) {
        self.changes.drop_stale(&self.instance, &self.effect.stale, done);
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        if !self.ended {
            // The client has left; GitLab may be doing it all the same.
            self.drop_stale(Done::Later);
        }
    }
}

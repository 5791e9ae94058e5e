use std::time::Duration;

use domain::{Job, JobStatus, Timestamp, UserKey};
use gitlab_client::WaitReason;
use moka::future::Cache;

use super::alert::Alert;
use crate::auth::SessionId;

/// Whose token ends within so long is told.
const TOKEN_WITHIN: Duration = Duration::from_hours(7 * 24);
/// A shorter wait is seen on the job, and worth no alert.
const LONG_WAIT: Duration = Duration::from_mins(2);
/// So many users and sessions are remembered.
const REMEMBERED: u64 = 20_000;

/// What somebody was warned of: once for each cause, however often it is found.
#[derive(Clone, Debug)]
pub(super) struct Warnings {
    /// What holds a user's jobs back, until then.
    limits: Cache<UserKey, (Timestamp, Alert)>,
    /// Sessions and keys whose sockets know that their token ends.
    tokens: Cache<SessionId, ()>,
}

impl Default for Warnings {
    fn default() -> Self {
        Self {
            limits: Cache::new(REMEMBERED),
            tokens: Cache::new(REMEMBERED),
        }
    }
}

impl Warnings {
    /// What the owner of a job that waits is to be told. `None` where it was told, or the wait is short or wished for.
    pub(super) async fn of_wait(&self, owner: &UserKey, job: &Job, now: Timestamp) -> Option<Alert> {
        let (until, reason) = (job.waiting_until?, job.waiting_reason.as_deref()?);
        let goes_on = matches!(job.status, JobStatus::Running | JobStatus::Pending);
        if !goes_on
            || !is_gitlabs(reason)
            || until < now.plus(LONG_WAIT)
            || self.limit_of(owner, now).await.is_some()
        {
            return None;
        }
        let alert = Alert::limit_reached(job, until, reason);
        self.limits.insert(owner.clone(), (until, alert.clone())).await;
        Some(alert)
    }

    /// What holds the user's jobs back at this moment, for whoever comes later.
    pub(super) async fn limit_of(&self, user: &UserKey, now: Timestamp) -> Option<Alert> {
        let (until, alert) = self.limits.get(user).await?;
        (until > now).then_some(alert)
    }

    /// What to tell of a token that ends then, if that is soon.
    pub(super) fn of_token(ends: Option<Timestamp>, now: Timestamp) -> Option<Alert> {
        ends.filter(|end| *end <= now.plus(TOKEN_WITHIN))
            .map(Alert::token_ends)
    }

    /// Notes that the sockets of this session are told of its token; false when they were.
    pub(super) async fn first_of_token(&self, session: SessionId) -> bool {
        self.tokens.entry(session).or_insert(()).await.is_fresh()
    }
}

/// Whether a job waits for GitLab, and not for the rest between two waves that its owner asked for.
fn is_gitlabs(reason: &str) -> bool {
    let said = [WaitReason::Throttled, WaitReason::QuotaUsedUp].map(|reason| reason.to_string());
    said.iter().any(|said| said == reason) || reason.starts_with("GitLab limits ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_token_is_told_within_its_last_seven_days() {
        let (now, week) = (Timestamp::default(), 7 * 24 * 3_600_000);
        let told = |ends| Warnings::of_token(Some(Timestamp::from_millis(ends)), now).is_some();
        assert_eq!((told(week), told(week + 1)), (true, false));
    }
}

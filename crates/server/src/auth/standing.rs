use std::sync::Arc;
use std::time::Duration;

use domain::{Clock, Timestamp};
use engine::operation::Registry;
use gitlab_client::{Fingerprint, Gitlab, GitlabError};
use moka::future::Cache;

use super::permissions::{self, Reach};
use super::{Credential, Profile, Session};

/// So long a user's rights are taken for what they were when GitLab was last asked.
const FRESH: Duration = Duration::from_mins(5);
/// So long what GitLab said last is better than what it said at sign-in.
const KEPT: Duration = Duration::from_hours(24);
/// So long nobody is asked about a credential that GitLab refused.
const REFUSED: Duration = Duration::from_mins(1);
/// So long somebody waits for GitLab to say whether they still are an administrator.
const PATIENCE: Duration = Duration::from_secs(2);
/// Credentials in use at a time.
const MOST: u64 = 20_000;

/// Who people are and what they may do, by their credentials: as GitLab said within the last minutes, and not only as
/// it said when they signed in. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Standings {
    known: Cache<Fingerprint, Said>,
    registry: Registry,
    clock: Arc<dyn Clock>,
}

/// What GitLab said when it was asked last.
#[derive(Clone, Debug)]
enum Said {
    Known(Arc<Standing>),
    /// The token is revoked or expired, or its user is blocked.
    Refused {
        /// On the monotonic clock.
        asked: Duration,
    },
}

impl Said {
    fn is_fresh(&self, now: Duration) -> bool {
        match self {
            Self::Known(standing) => now < standing.asked + FRESH,
            Self::Refused { asked } => now < *asked + REFUSED,
        }
    }
}

/// Where somebody stands.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) profile: Profile,
    /// Whether the token's scopes let it change anything.
    pub(super) may_write: bool,
    /// When the token ends by itself, where GitLab says so.
    token_ends: Option<Timestamp>,
    /// On the monotonic clock.
    asked: Duration,
}

impl Standings {
    pub(crate) fn new(registry: Registry, clock: Arc<dyn Clock>) -> Self {
        Self {
            known: Cache::builder().max_capacity(MOST).time_to_live(KEPT).build(),
            registry,
            clock,
        }
    }

    /// Asks GitLab who it is and what they may do. `reach` is known of what GitLab has granted to us by name.
    ///
    /// # Errors
    /// GitLab does not know the credential, or gives no answer.
    pub(super) async fn ask(
        &self,
        gitlab: &Gitlab,
        reach: impl Future<Output = Result<Reach, GitlabError>>,
    ) -> Result<Standing, GitlabError> {
        let asked = self.clock.monotonic();
        let user = gitlab.current_user().await?;
        let Reach { may_write, ends } = reach.await?;
        let role = permissions::role(gitlab, &user).await;
        let profile = Profile {
            permissions: permissions::allowed(&self.registry, &user, may_write),
            id: user.id,
            username: user.username,
            email: user.email,
            name: user.name,
            avatar_url: user.avatar_url,
            web_url: user.web_url,
            is_admin: user.is_admin,
            role,
        };
        Ok(Standing {
            profile,
            may_write,
            token_ends: ends,
            asked,
        })
    }

    /// Remembers what was asked.
    pub(super) async fn note(&self, credential: Fingerprint, standing: Standing) {
        self.known
            .insert(credential, Said::Known(Arc::new(standing)))
            .await;
    }

    /// When the session's token ends by itself, as far as GitLab was asked already.
    pub(super) async fn token_ends(&self, session: &Session) -> Option<Timestamp> {
        match self.known.get(&session.gitlab.credential()).await? {
            Said::Known(standing) => standing.token_ends,
            Said::Refused { .. } => None,
        }
    }

    /// The session with what is known now; false when it opens nothing any more, because GitLab does not let its user in.
    ///
    /// What is old is asked anew while the session goes on; but for an administrator, who sees what is others', the
    /// answer is waited for, and for whoever was refused it has to be a better one.
    pub(super) async fn renew(&self, session: &mut Session) -> bool {
        match self.now(session).await {
            Some(Said::Known(standing)) => {
                session.take(&standing);
                true
            }
            Some(Said::Refused { .. }) => false,
            None => true,
        }
    }

    /// Whether a session that was looked at some time ago may still do what it might then.
    pub(super) async fn still_holds(&self, session: &Session) -> bool {
        match self.now(session).await {
            Some(Said::Known(standing)) => standing.profile.is_admin || !session.actor.administrator,
            Some(Said::Refused { .. }) => false,
            None => true,
        }
    }

    async fn now(&self, session: &Session) -> Option<Said> {
        let credential = session.gitlab.credential();
        let known = self.known.get(&credential).await;
        let now = self.clock.monotonic();
        if known.as_ref().is_some_and(|said| said.is_fresh(now)) {
            return known;
        }
        let asking = tokio::spawn(self.clone().ask_again(session.gitlab.clone(), scopes_of(session)));
        let is_waited_for = match &known {
            Some(Said::Known(standing)) => standing.profile.is_admin,
            Some(Said::Refused { .. }) => true,
            None => session.profile.is_admin,
        };
        if !is_waited_for {
            return known;
        }
        // A GitLab that is silent keeps nobody out, and lets nobody in.
        let patience = std::pin::pin!(self.clock.sleep(PATIENCE));
        let _ = futures::future::select(asking, patience).await;
        self.known.get(&credential).await
    }

    /// Of many that find it old at a time, one asks.
    async fn ask_again(self, gitlab: Gitlab, granted: Option<bool>) {
        let credential = gitlab.credential();
        let now = self.clock.monotonic();
        let (standings, gitlab) = (&self, &gitlab);
        let asked = self
            .known
            .entry(credential)
            .and_try_compute_with(|entry| async move {
                let before = entry.map(moka::Entry::into_value);
                if before.is_some_and(|said| said.is_fresh(now)) {
                    return Ok(moka::ops::compute::Op::Nop);
                }
                let reach = async {
                    match granted {
                        Some(may_write) => Ok(Reach::granted(may_write)),
                        None => Ok(Reach::from(&gitlab.token_self().await?)),
                    }
                };
                let said = match standings.ask(gitlab, reach).await {
                    Ok(standing) => Said::Known(Arc::new(standing)),
                    Err(error) if is_refusal(&error) => {
                        tracing::info!(%error, "GitLab does not let somebody in any more; neither do we");
                        Said::Refused { asked: now }
                    }
                    Err(error) => return Err(error),
                };
                Ok(moka::ops::compute::Op::Put(said))
            })
            .await;
        if let Err(error) = asked {
            // What GitLab said last counts until it says something else.
            tracing::debug!(%error, "It could not be asked what somebody may do now");
        }
    }
}

/// Whether GitLab does not let the user in (GitLab API facts §1.5), in its own words: what stands between it and us may
/// say 403, too, to all at once.
fn is_refusal(error: &GitlabError) -> bool {
    match error {
        GitlabError::Unauthorized(_) => true,
        GitlabError::Forbidden(refusal) => refusal.details().is_object(),
        _ => false,
    }
}

/// What GitLab has granted to us by name does not change; the scopes of a token are asked for.
fn scopes_of(session: &Session) -> Option<bool> {
    matches!(session.credential, Credential::Grant(_)).then_some(session.may_write)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_gitlab_said_counts_for_five_minutes_and_a_refusal_for_one() {
        let asked = Duration::from_secs(100);
        let known = Said::Known(Arc::new(Standing {
            profile: Profile {
                id: 1,
                username: "dev".to_owned(),
                email: None,
                name: "Dev".to_owned(),
                avatar_url: None,
                web_url: None,
                is_admin: false,
                role: "none".to_owned(),
                permissions: Vec::new(),
            },
            may_write: true,
            token_ends: None,
            asked,
        }));
        for (said, minutes) in [(known, 5), (Said::Refused { asked }, 1)] {
            let lasts = Duration::from_mins(minutes);
            let nearly = lasts.saturating_sub(Duration::from_millis(1));
            assert!(said.is_fresh(asked + nearly), "{said:?}");
            assert!(!said.is_fresh(asked + lasts), "{said:?}");
        }
    }
}

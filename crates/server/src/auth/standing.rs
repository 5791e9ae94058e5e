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
/// So long somebody waits for GitLab to say whether they still are an administrator.
const PATIENCE: Duration = Duration::from_secs(2);
/// Credentials in use at a time.
const MOST: u64 = 20_000;

/// Who people are and what they may do, by their credentials: as GitLab said within the last minutes, and not only as
/// it said when they signed in. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Standings {
    known: Cache<Fingerprint, Arc<Standing>>,
    registry: Registry,
    clock: Arc<dyn Clock>,
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
        self.known.insert(credential, Arc::new(standing)).await;
    }

    /// When the session's token ends by itself, as far as GitLab was asked already.
    pub(super) async fn token_ends(&self, session: &Session) -> Option<Timestamp> {
        let known = self.known.get(&session.gitlab.credential()).await?;
        known.token_ends
    }

    /// The session with what is known now. What is old is asked anew while the session goes on; but for an
    /// administrator, who sees what is others', the answer is waited for.
    pub(super) async fn renew(&self, session: &mut Session) {
        let credential = session.gitlab.credential();
        let mut known = self.known.get(&credential).await;
        let now = self.clock.monotonic();
        let is_fresh = known
            .as_ref()
            .is_some_and(|standing| now < standing.asked + FRESH);
        if !is_fresh {
            let asking = tokio::spawn(self.clone().ask_again(session.gitlab.clone(), scopes_of(session)));
            let is_admin = known
                .as_ref()
                .map_or(session.profile.is_admin, |standing| standing.profile.is_admin);
            if is_admin {
                // A GitLab that is silent keeps nobody out.
                let patience = std::pin::pin!(self.clock.sleep(PATIENCE));
                let _ = futures::future::select(asking, patience).await;
                known = self.known.get(&credential).await;
            }
        }
        if let Some(standing) = known {
            session.take(&standing);
        }
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
                if before
                    .as_ref()
                    .is_some_and(|standing| now < standing.asked + FRESH)
                {
                    return Ok(moka::ops::compute::Op::Nop);
                }
                let reach = async {
                    match granted {
                        Some(may_write) => Ok(Reach::granted(may_write)),
                        None => Ok(Reach::from(&gitlab.token_self().await?)),
                    }
                };
                let standing = standings.ask(gitlab, reach).await?;
                Ok::<_, GitlabError>(moka::ops::compute::Op::Put(Arc::new(standing)))
            })
            .await;
        if let Err(error) = asked {
            // What GitLab said last counts until it says something else.
            tracing::debug!(%error, "It could not be asked what somebody may do now");
        }
    }
}

/// What GitLab has granted to us by name does not change; the scopes of a token are asked for.
fn scopes_of(session: &Session) -> Option<bool> {
    matches!(session.credential, Credential::Grant(_)).then_some(session.may_write)
}

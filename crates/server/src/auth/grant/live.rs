use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::{InstanceUrl, Timestamp};
use engine::vault::Purpose;
use gitlab_client::{Fingerprint, GitlabError, Refusal, Renewal, Token, TokenPair};
use http::StatusCode;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use storage::{GrantRecord, RevocationRecord};
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use super::GrantKey;
use super::store::Shared;

/// An access token is renewed so long before it expires: longer than any request takes.
const BEFOREHAND: Duration = Duration::from_mins(5);
/// Whoever began to renew has so long; then somebody else does.
const RENEWING: Duration = Duration::from_secs(40);
/// How often to look whether they have.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// A grant in use. All that use it in this process share one of these.
pub(crate) struct LiveGrant {
    shared: Arc<Shared>,
    instance: InstanceUrl,
    key: GrantKey,
    /// Held while it is read or renewed: of many requests that find it old, one renews it.
    known: Mutex<Option<Known>>,
}

struct Known {
    token: Token,
    expires_at: Timestamp,
}

/// A pair of tokens inside what is about to be sealed, or was just opened.
#[derive(Serialize, Deserialize)]
pub(super) struct Pair<'a> {
    #[serde(borrow)]
    access: Cow<'a, str>,
    #[serde(borrow)]
    refresh: Cow<'a, str>,
    expires_at: Timestamp,
}

/// It could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
#[error("the tokens of a grant cannot be read")]
pub(super) struct Unreadable;

impl<'a> Pair<'a> {
    pub(super) fn of(pair: &'a TokenPair, now: Timestamp) -> Self {
        Self {
            access: Cow::Borrowed(pair.access.expose()),
            refresh: Cow::Borrowed(pair.refresh.expose_secret()),
            expires_at: now.plus(pair.expires_in),
        }
    }

    pub(super) fn seal(&self, key: &GrantKey) -> Result<Vec<u8>, Unreadable> {
        let plain = Zeroizing::new(serde_json::to_vec(self).map_err(|_| Unreadable)?);
        let vault = key.vault().ok_or(Unreadable)?;
        Ok(vault.seal(Purpose::OAuthGrant, key.id.as_bytes(), &plain))
    }
}

impl fmt::Debug for LiveGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveGrant")
            .field("id", &self.key.id)
            .finish_non_exhaustive()
    }
}

impl LiveGrant {
    pub(super) fn new(shared: Arc<Shared>, instance: InstanceUrl, key: GrantKey) -> Self {
        Self {
            shared,
            instance,
            key,
            known: Mutex::new(None),
        }
    }

    /// Ends it, unless somebody holds it. Returns what revokes both tokens; `None` when there is nothing to revoke, or
    /// somebody else does.
    pub(super) async fn end(&self) -> crate::error::Result<Option<RevocationRecord>> {
        // Nobody here renews it meanwhile. Where another node does, the next version is looked at.
        let _alone = self.known.lock().await;
        let (shared, id) = (&*self.shared, self.key.id);
        while let Some(record) = shared.storage.grant(id).await? {
            let Ok(plain) = self.plain(&record) else {
                tracing::warn!("A grant that cannot be read is forgotten here");
                shared.storage.remove_grant(id).await?;
                break;
            };
            let refresh = &pair(&plain)?.refresh;
            let ended = shared.end(&self.instance, id, record.version, refresh).await?;
            if ended.is_some() || shared.storage.is_grant_held(id, shared.clock.now()).await? {
                return Ok(ended);
            }
        }
        Ok(None)
    }

    /// A token that is good for a while, and is not the one that GitLab did not know.
    async fn current(
        &self,
        known: &mut Option<Known>,
        refused: Option<&Token>,
    ) -> Result<Token, GitlabError> {
        *known = None;
        let began = self.shared.clock.monotonic();
        loop {
            let record = self.stored().await?.ok_or_else(gone)?;
            let plain = self.plain(&record)?;
            let pair = pair(&plain)?;
            let token = Token::oauth(&pair.access).map_err(|_| gone())?;
            let now = self.shared.clock.now();
            let is_good = refused.is_none_or(|refused| refused.fingerprint() != token.fingerprint());
            if is_good && now.plus(BEFOREHAND) < pair.expires_at {
                *known = Some(Known {
                    token: token.clone(),
                    expires_at: pair.expires_at,
                });
                return Ok(token);
            }
            let until = now.plus(RENEWING);
            let claim = self
                .shared
                .storage
                .claim_renewal(record.id, record.version, now, until);
            if claim.await.map_err(unavailable)? {
                match self.renew(&record, &pair).await {
                    Ok(renewed) => {
                        let token = renewed.token.clone();
                        *known = Some(renewed);
                        return Ok(token);
                    }
                    // It is still good for some minutes; the next request tries again.
                    Err(error) if error.is_outage() && is_good && now < pair.expires_at => {
                        tracing::warn!(%error, "An OAuth token could not be renewed yet");
                        return Ok(token);
                    }
                    Err(error) => return Err(error),
                }
            }
            if is_good && now < pair.expires_at {
                // Somebody else is renewing it.
                return Ok(token);
            }
            if self.shared.clock.monotonic() >= began + RENEWING {
                return Err(GitlabError::Timeout(RENEWING));
            }
            self.shared.clock.sleep(LOOK_AGAIN).await;
        }
    }

    /// Trades the refresh token for the next pair. The right to do so has been taken.
    async fn renew(&self, record: &GrantRecord, pair: &Pair<'_>) -> Result<Known, GitlabError> {
        let shared = &*self.shared;
        let form = shared.form(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", &pair.refresh),
            ("redirect_uri", &shared.redirect_uri),
        ]);
        let answer = shared.client.oauth_token(&self.instance, &form).await;
        let renewed = match answer {
            Ok(renewed) => renewed,
            Err(error) => {
                let is_lost = error
                    .refusal()
                    .is_some_and(|refusal| is_invalid_grant(&refusal.body));
                let told = if is_lost {
                    shared.storage.remove_grant(record.id).await
                } else {
                    shared.storage.give_renewal_back(record.id, record.version).await
                };
                told.map_err(unavailable)?;
                return Err(if is_lost { gone() } else { error });
            }
        };
        let next = Pair::of(&renewed, shared.clock.now());
        let expires_at = next.expires_at;
        let sealed = next.seal(&self.key).map_err(|_| gone())?;
        // GitLab has forgotten the old pair: this one has to be stored, however often that takes.
        let began = shared.clock.monotonic();
        while let Err(error) = shared
            .storage
            .renew_grant(record.id, record.version, &sealed)
            .await
        {
            if shared.clock.monotonic() >= began + RENEWING {
                return Err(unavailable(error));
            }
            tracing::error!(%error, "A renewed OAuth token could not be stored; trying again");
            shared.clock.sleep(LOOK_AGAIN).await;
        }
        Ok(Known {
            token: renewed.access,
            expires_at,
        })
    }

    async fn stored(&self) -> Result<Option<GrantRecord>, GitlabError> {
        self.shared.storage.grant(self.key.id).await.map_err(unavailable)
    }

    fn plain(&self, record: &GrantRecord) -> Result<Zeroizing<Vec<u8>>, GitlabError> {
        let vault = self.key.vault().ok_or_else(gone)?;
        vault
            .open(Purpose::OAuthGrant, record.id.as_bytes(), &record.sealed)
            .map_err(|_| gone())
    }
}

fn pair(plain: &[u8]) -> Result<Pair<'_>, GitlabError> {
    serde_json::from_slice(plain).map_err(|_| gone())
}

#[async_trait]
impl Renewal for LiveGrant {
    fn fingerprint(&self) -> Fingerprint {
        self.key.fingerprint()
    }

    async fn token(&self) -> Result<Token, GitlabError> {
        let mut known = self.known.lock().await;
        if let Some(known) = &*known
            && self.shared.clock.now().plus(BEFOREHAND) < known.expires_at
        {
            return Ok(known.token.clone());
        }
        self.current(&mut known, None).await
    }

    async fn after_refusal(&self, refused: &Token) -> Option<Token> {
        let mut known = self.known.lock().await;
        if let Some(known) = &*known
            && known.token.fingerprint() != refused.fingerprint()
        {
            return Some(known.token.clone());
        }
        self.current(&mut known, Some(refused)).await.ok()
    }
}

/// `{"error":"invalid_grant"}`: GitLab knows the refresh token no more.
fn is_invalid_grant(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Body<'a> {
        error: Cow<'a, str>,
    }
    serde_json::from_slice::<Body<'_>>(body).is_ok_and(|body| body.error == "invalid_grant")
}

/// Somebody has to sign in again.
fn gone() -> GitlabError {
    GitlabError::Unauthorized(Refusal {
        status: StatusCode::UNAUTHORIZED,
        message: "what GitLab granted is no longer good; sign in again".to_owned(),
        body: Bytes::from_static(br#"{"error":"invalid_token"}"#),
        request_id: None,
    })
}

/// Nothing was sent, and another moment may be better.
fn unavailable(error: storage::StorageError) -> GitlabError {
    GitlabError::Unreachable(error.into())
}

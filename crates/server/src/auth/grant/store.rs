use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use domain::{Clock, InstanceUrl, Timestamp};
use engine::vault::Vault;
use gitlab_client::{GitlabClient, TokenPair};
use storage::{GrantHolder, GrantRecord, Storage};
use uuid::Uuid;

use super::GrantKey;
use super::live::{LiveGrant, Pair};
use crate::error::{ApiError, Result};
use crate::settings::{OAuthClient, ServerSettings};

/// A grant that nobody holds is left so long: whoever signs in is about to hold it.
const UNHELD: Duration = Duration::from_mins(10);

/// All grants. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct GrantStore {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) storage: Arc<dyn Storage>,
    pub(super) client: GitlabClient,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) oauth: Option<OAuthClient>,
    /// Seals what is still to be revoked.
    pub(super) vault: Vault,
    pub(super) redirect_uri: String,
    /// Those in use here, so that all that use one renew it together.
    live: Mutex<HashMap<Uuid, Weak<LiveGrant>>>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Grants")
    }
}

impl Shared {
    /// What says to GitLab who we are, beside `more`.
    pub(super) fn form<'a>(&'a self, more: &[(&'static str, &'a str)]) -> Vec<(&'static str, &'a str)> {
        let mut form = more.to_vec();
        if let Some(oauth) = &self.oauth {
            form.push(("client_id", &oauth.id));
            if let Some(secret) = &oauth.secret {
                form.push(("client_secret", secrecy::ExposeSecret::expose_secret(secret)));
            }
        }
        form
    }
}

impl GrantStore {
    pub(crate) fn new(
        storage: Arc<dyn Storage>,
        client: GitlabClient,
        clock: Arc<dyn Clock>,
        settings: &ServerSettings,
        redirect_uri: String,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                storage,
                client,
                clock,
                oauth: settings.oauth.clone(),
                vault: settings.vault.clone(),
                redirect_uri,
                live: Mutex::default(),
            }),
        }
    }

    /// Asks GitLab for a pair of tokens, for the code that somebody came back with, and stores it. Returns its key
    /// and what was granted.
    ///
    /// # Errors
    /// GitLab does not know the code, or gives no answer.
    pub(crate) async fn redeem(
        &self,
        instance: &InstanceUrl,
        code: &str,
        verifier: &str,
    ) -> Result<(GrantKey, Option<Vec<String>>)> {
        let shared = &*self.shared;
        let form = shared.form(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("code_verifier", verifier),
            ("redirect_uri", &shared.redirect_uri),
        ]);
        let pair: TokenPair = shared.client.oauth_token(instance, &form).await?;
        let (key, now) = (GrantKey::random(), shared.clock.now());
        let sealed = Pair::of(&pair, now).seal(&key).map_err(ApiError::internal)?;
        let grant = GrantRecord {
            id: key.id,
            sealed,
            version: 0,
            created_at: now,
        };
        shared.storage.add_grant(&grant).await?;
        Ok((key, pair.scopes))
    }

    /// The grant, renewed whenever that is due.
    pub(crate) fn open(&self, instance: &InstanceUrl, key: &GrantKey) -> Arc<LiveGrant> {
        let mut live = self.shared.live.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = live.get(&key.id).and_then(Weak::upgrade) {
            return found;
        }
        live.retain(|_, grant| grant.strong_count() > 0);
        let grant = Arc::new(LiveGrant::new(
            Arc::clone(&self.shared),
            instance.clone(),
            key.clone(),
        ));
        live.insert(key.id, Arc::downgrade(&grant));
        grant
    }

    /// Notes that somebody has its key, sealed in their own row.
    pub(crate) async fn hold(&self, key: &GrantKey, holder: GrantHolder) -> Result<()> {
        Ok(self.shared.storage.hold_grant(key.id, holder).await?)
    }

    /// Somebody holds it no more. The last one has GitLab revoke it; while GitLab cannot be reached, what revokes it
    /// waits in the database for any node to do so.
    pub(crate) async fn let_go(&self, instance: &InstanceUrl, key: &GrantKey) -> Result<()> {
        let now = self.shared.clock.now();
        if self.shared.storage.is_grant_held(key.id, now).await? {
            return Ok(());
        }
        if let Some(revocation) = self.open(instance, key).end().await? {
            self.revoke(&revocation).await?;
        }
        Ok(())
    }

    /// Forgets what nobody holds: without its key, nobody can open it.
    pub(crate) async fn purge(&self) -> Result<u64> {
        let unheld = i64::try_from(UNHELD.as_millis()).unwrap_or(i64::MAX);
        let moment = Timestamp::from_millis(self.shared.clock.now().as_millis().saturating_sub(unheld));
        Ok(self.shared.storage.purge_grants(moment).await?)
    }
}

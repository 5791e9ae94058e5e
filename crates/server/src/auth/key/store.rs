use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use domain::{Clock, KeyId, KeyScopes, Timestamp, UserKey};
use engine::Actor;
use engine::vault::{Purpose, Vault};
use moka::future::Cache;
use storage::{ApiKeyRecord, GrantHolder, Storage};
use uuid::Builder;

use super::KeySecret;
use super::held::{Held, SealedHeld};
use crate::address::counted_as;
use crate::auth::content::Content;
use crate::auth::memory::Memory;
use crate::auth::session::KeyGrant;
use crate::auth::{Credential, Session, SessionId, StoredCredential, Ways};
use crate::error::{ApiError, Result};
use crate::limits::Limit;
use crate::nodes::{Nodes, Word};
use crate::settings::ServerSettings;

/// A use is noted in the database at most this often.
const NOTED: Duration = Duration::from_mins(1);
/// A key that has expired is listed for so long, so that its owner sees why a program was refused.
const LISTED: Duration = Duration::from_hours(30 * 24);

/// So many keys with a grant are remembered.
const GRANTS: u64 = 10_000;

/// API keys, each sealed with itself, with a short memory in front.
#[derive(Clone, Debug)]
pub(crate) struct KeyStore {
    storage: Arc<dyn Storage>,
    ways: Ways,
    clock: Arc<dyn Clock>,
    memory: Memory,
    /// What keys hold that were made or used since this node began, here or on another: nobody can open it from the
    /// database without the key, and GitLab is to revoke it when the key ends.
    grants: Cache<SessionId, Held>,
    /// Seals what keys hold on its way to other nodes.
    vault: Vault,
    most: u32,
    /// Wrong keys, per address.
    guesses: Arc<Limit<IpAddr>>,
    nodes: Nodes,
}

/// A key that somebody wants.
pub(crate) struct NewKey {
    pub(crate) name: String,
    pub(crate) scopes: KeyScopes,
    pub(crate) expires_at: Option<Timestamp>,
}

/// What a key opens.
enum Opened {
    Session(Arc<Session>),
    /// It is right, but GitLab does not let its user in.
    KeptOut,
    /// It is none, or none any more.
    Nothing,
}

impl KeyStore {
    pub(crate) fn new(
        storage: Arc<dyn Storage>,
        ways: Ways,
        clock: Arc<dyn Clock>,
        settings: &ServerSettings,
    ) -> Self {
        Self {
            guesses: Arc::new(Limit::new("guesses", settings.key_guesses, settings, &clock)),
            most: settings.keys_per_user,
            vault: settings.vault.clone(),
            memory: Memory::new(settings.nodes.clone()),
            nodes: settings.nodes.clone(),
            grants: Cache::builder().max_capacity(GRANTS).time_to_idle(LISTED).build(),
            storage,
            ways,
            clock,
        }
    }

    /// Makes a key that acts with the credential of `owner`. The key is returned here and never again.
    ///
    /// # Errors
    /// 409 when the owner has as many keys as anybody may have.
    pub(crate) async fn make(&self, owner: &Session, new: NewKey) -> Result<(KeySecret, ApiKeyRecord)> {
        let secret = KeySecret::random();
        let now = self.clock.now();
        let millis = u64::try_from(now.as_millis()).unwrap_or_default();
        let id = KeyId(Builder::from_unix_timestamp_millis(millis, &rand::random()).into_uuid());
        let content = Content {
            profile: Cow::Borrowed(&owner.profile),
            credential: StoredCredential::from(&owner.credential),
            may_write: owner.may_write,
            opened_from: None,
        };
        let record = ApiKeyRecord {
            id,
            key_hash: secret.id().0,
            user: owner.actor.user.clone(),
            name: new.name,
            scopes: new.scopes,
            sealed: content.seal(&secret.vault(), Purpose::ApiKey, id.0.as_bytes())?,
            created_at: now,
            expires_at: new.expires_at,
            last_used_at: None,
        };
        if !self.storage.add_api_key(&record, self.most, now).await? {
            let most = self.most;
            let message =
                format!("you have {most} API keys, and nobody may have more; revoke one that is not needed");
            return Err(ApiError::over_quota("keys", most.into(), most.into(), message));
        }
        if let Credential::Grant(key) = &owner.credential {
            self.ways.grants().hold(key, GrantHolder::Key(id)).await?;
            let held = Held {
                instance: record.user.instance.clone(),
                grant: key.clone(),
                expires_at: record.expires_at,
            };
            self.remember(secret.id(), held).await;
        }
        Ok((secret, record))
    }

    /// The user whose living key this is, with what the key may do. `None` for what is no key: wrong, revoked,
    /// expired. `from` is the asking address.
    ///
    /// # Errors
    /// 429 for an address that has guessed too often, whatever it presents now.
    pub(crate) async fn find(&self, key: Option<KeySecret>, from: IpAddr) -> Result<Option<Arc<Session>>> {
        let from = counted_as(from);
        // Whoever has just been let in did not guess: other nodes are not asked again.
        let known = match &key {
            Some(key) => self.memory.recall(key.id()).await.is_some(),
            None => false,
        };
        let wait = if known {
            self.guesses.exhausted_here(&from)
        } else {
            self.guesses.exhausted(&from).await
        };
        if let Some(wait) = wait {
            return Err(ApiError::rate_limited(wait));
        }
        let opened = match key {
            Some(key) => self.open(&key).await?,
            None => Opened::Nothing,
        };
        match opened {
            Opened::Session(session) => Ok(Some(session)),
            // Whoever brings a right key did not guess it.
            Opened::KeptOut => Ok(None),
            Opened::Nothing => {
                self.guesses.take(from).await;
                Ok(None)
            }
        }
    }

    async fn open(&self, key: &KeySecret) -> Result<Opened> {
        let (id, now) = (key.id(), self.clock.now());
        let session = match self.memory.recall(id).await {
            Some(session) if session.expires_at.is_some_and(|end| end <= now) => {
                self.memory.forget(id).await;
                self.let_go(id).await?;
                return Ok(Opened::Nothing);
            }
            Some(session) => session,
            None => match self.load(key, now).await? {
                Opened::Session(session) => session,
                none => return Ok(none),
            },
        };
        if let Some(grant) = &session.key
            && session.used(now, NOTED)
        {
            let (storage, key) = (Arc::clone(&self.storage), grant.id);
            // Nobody waits for it, and a note that is lost costs a minute.
            tokio::spawn(async move {
                if let Err(error) = storage.touch_api_key(key, now).await {
                    tracing::warn!(%error, "The use of an API key could not be noted");
                }
            });
        }
        Ok(Opened::Session(session))
    }

    async fn load(&self, key: &KeySecret, now: Timestamp) -> Result<Opened> {
        let id = key.id();
        let Some(record) = self.storage.api_key(&id.0, now).await? else {
            self.let_go(id).await?;
            return Ok(Opened::Nothing);
        };
        let mut session = self.revive(key, record)?;
        if !self.ways.standings().renew(&mut session).await {
            // GitLab may let its user in again: what it holds stays.
            return Ok(Opened::KeptOut);
        }
        if let Credential::Grant(grant) = &session.credential {
            let held = Held {
                instance: session.actor.user.instance.clone(),
                grant: grant.clone(),
                expires_at: session.expires_at,
            };
            self.remember(id, held).await;
        }
        let session = Arc::new(session);
        if self.memory.keep(&session).await {
            Ok(Opened::Session(session))
        } else {
            Ok(Opened::Nothing)
        }
    }

    fn revive(&self, key: &KeySecret, record: ApiKeyRecord) -> Result<Session> {
        let plain = key
            .vault()
            .open(Purpose::ApiKey, record.id.0.as_bytes(), &record.sealed)?;
        let content: Content<'_> = serde_json::from_slice(&plain).map_err(ApiError::internal)?;
        let credential = content.credential.read().map_err(ApiError::internal)?;
        let profile = content.profile.into_owned();
        let user = record.user;
        let gitlab = self.ways.of_user(&user, &credential)?;
        Ok(Session {
            id: key.id(),
            actor: Actor {
                user,
                username: profile.username.clone(),
                administrator: profile.is_admin,
            },
            profile,
            gitlab,
            credential,
            may_write: content.may_write,
            created_at: record.created_at,
            expires_at: record.expires_at,
            key: Some(KeyGrant {
                id: record.id,
                name: record.name,
                scopes: record.scopes,
            }),
            last_activity: record.last_used_at.unwrap_or_default().into(),
        })
    }

    /// The user's keys, newest first.
    pub(crate) async fn of_user(&self, user: &UserKey) -> Result<Vec<ApiKeyRecord>> {
        Ok(self.storage.api_keys(user).await?)
    }

    /// Revokes a key of this user, at once, and on all other nodes as soon as they hear of it. Returns what its sockets are known by; `None` when there is none.
    pub(crate) async fn revoke(&self, user: &UserKey, id: KeyId) -> Result<Option<SessionId>> {
        let Some(hash) = self.storage.revoke_api_key(user, id).await? else {
            return Ok(None);
        };
        let revoked = SessionId(hash);
        self.forget(revoked).await;
        self.nodes.tell_ended(&[revoked]).await;
        self.let_go(revoked).await?;
        Ok(Some(revoked))
    }

    /// Notes what a key holds, here and on all other nodes.
    async fn remember(&self, id: SessionId, held: Held) {
        if self.grants.contains_key(&id) {
            return;
        }
        if let Some(told) = held.seal(id, &self.vault) {
            self.nodes.say(|| Word::Held(told));
        }
        self.grants.insert(id, held).await;
    }

    /// Another node has noted what a key holds.
    pub(crate) async fn hear(&self, told: &SealedHeld) {
        if let Some((id, held)) = Held::open(told, &self.vault) {
            self.grants.insert(id, held).await;
        }
    }

    /// A key that is good for nothing any more holds its grant no more, if it is known what it held.
    async fn let_go(&self, id: SessionId) -> Result<()> {
        if let Some(held) = self.grants.get(&id).await {
            self.ways.grants().let_go(&held.instance, &held.grant).await?;
            self.grants.invalidate(&id).await;
        }
        Ok(())
    }

    /// A key that is no longer in the database is no longer known here.
    pub(crate) async fn forget(&self, id: SessionId) {
        self.memory.ends(id).await;
        self.memory.forget(id).await;
    }

    /// Believes nothing any more that is not in the database.
    pub(crate) fn forget_all(&self) {
        self.memory.forget_all();
    }

    /// Whether a key lives, without that counting as a use of it.
    pub(crate) async fn is_alive(&self, id: SessionId) -> Result<bool> {
        Ok(self.storage.api_key(&id.0, self.clock.now()).await?.is_some())
    }

    /// Removes what expired long ago. What expired keys hold is revoked, where that is known and nobody else holds it.
    pub(crate) async fn purge(&self) -> Result<u64> {
        let now = self.clock.now();
        let expired = self
            .grants
            .iter()
            .filter(|(_, held)| held.expires_at.is_some_and(|end| end <= now))
            .map(|(id, _)| *id)
            .collect::<Vec<_>>();
        for id in expired {
            self.let_go(id).await?;
        }
        let listed = i64::try_from(LISTED.as_millis()).unwrap_or(i64::MAX);
        let moment = Timestamp::from_millis(self.clock.now().as_millis().saturating_sub(listed));
        Ok(self.storage.purge_api_keys(moment).await?)
    }
}

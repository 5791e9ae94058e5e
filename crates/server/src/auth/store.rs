use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use domain::{Clock, InstanceUrl, Timestamp, UserKey};
use engine::Actor;
use engine::vault::{Purpose, Vault};
use storage::{GrantHolder, SessionRecord, Storage};

use super::content::Content;
use super::memory::Memory;
use super::session::new_cookie;
use super::{Credential, OpenedFrom, Profile, Session, SessionId, StoredCredential, Ways};
use crate::error::{ApiError, Result};
use crate::nodes::Nodes;

/// A use is noted in the database at most this often.
const NOTED: Duration = Duration::from_mins(1);

/// Sessions, sealed in the database, with a short memory in front.
#[derive(Clone, Debug)]
pub(crate) struct SessionStore {
    storage: Arc<dyn Storage>,
    vault: Vault,
    ways: Ways,
    clock: Arc<dyn Clock>,
    most: u32,
    lifetime: Duration,
    idle: Option<Duration>,
    memory: Memory,
    nodes: Nodes,
}

/// Expired sessions that are removed in one go.
const PURGED_AT_ONCE: u32 = 200;

/// What a login found out.
pub(super) struct Opening {
    pub(super) profile: Profile,
    pub(super) instance: InstanceUrl,
    pub(super) credential: Credential,
    pub(super) may_write: bool,
    pub(super) from: OpenedFrom,
}

/// A living session as it is listed.
pub(crate) struct Listed {
    pub(crate) id: SessionId,
    pub(crate) created_at: Timestamp,
    pub(crate) last_activity: Timestamp,
    pub(crate) expires_at: Timestamp,
    /// Unknown of sessions that older versions opened.
    pub(crate) from: Option<OpenedFrom>,
}

/// What a login led to.
pub(crate) struct Opened {
    /// The cookie's value.
    pub(crate) cookie: String,
    pub(crate) session: Arc<Session>,
    /// Sessions of the user that were too many and have ended.
    pub(crate) ended: Vec<SessionId>,
}

impl SessionStore {
    pub(crate) fn new(
        storage: Arc<dyn Storage>,
        ways: Ways,
        clock: Arc<dyn Clock>,
        settings: &crate::ServerSettings,
    ) -> Self {
        Self {
            storage,
            vault: settings.vault.clone(),
            ways,
            clock,
            most: settings.sessions_per_user,
            lifetime: settings.session_lifetime,
            idle: settings.session_idle,
            memory: Memory::new(settings.nodes.clone()),
            nodes: settings.nodes.clone(),
        }
    }

    /// Opens a session with a new id.
    pub(super) async fn open(&self, opening: Opening) -> Result<Opened> {
        let cookie = new_cookie();
        let id = SessionId::of(&cookie);
        let now = self.clock.now();
        let record = SessionRecord {
            id_hash: id.0,
            user: UserKey {
                instance: opening.instance.clone(),
                user_id: opening.profile.id,
            },
            sealed: self.seal(id, &opening)?,
            created_at: now,
            last_activity: now,
            expires_at: now.plus(self.lifetime),
        };
        self.storage.put_session(&record).await?;
        if let Credential::Grant(key) = &opening.credential {
            self.ways.grants().hold(key, GrantHolder::Session(id.0)).await?;
        }
        let ended = self.end(&record.user, self.most).await?;
        let session = Arc::new(self.revive(id, record)?);
        self.memory.keep(&session).await;
        Ok(Opened {
            cookie,
            session,
            ended,
        })
    }

    /// The living session with this cookie.
    pub(crate) async fn find(&self, cookie: &str) -> Result<Option<Arc<Session>>> {
        self.find_by_id(SessionId::of(cookie)).await
    }

    /// The living session with this id.
    pub(crate) async fn find_by_id(&self, id: SessionId) -> Result<Option<Arc<Session>>> {
        let session = match self.memory.recall(id).await {
            Some(session) => session,
            None => match self.load(id).await? {
                Some(session) => session,
                None => return Ok(None),
            },
        };
        let now = self.clock.now();
        if session.expires_at.is_some_and(|end| end <= now) || self.is_idle(session.last_activity(), now) {
            self.close(id).await?;
            return Ok(None);
        }
        let note_after = self.idle.map_or(NOTED, |idle| NOTED.min(idle / 10));
        if session.used(now, note_after) {
            let storage = Arc::clone(&self.storage);
            // Nobody waits for it, and a note that is lost costs a minute of idle time.
            tokio::spawn(async move {
                if let Err(error) = storage.touch_session(&id.0, now).await {
                    tracing::warn!(%error, "The use of a session could not be noted");
                }
            });
        }
        Ok(Some(session))
    }

    /// Whether a session lives, without that counting as a use of it.
    pub(crate) async fn is_alive(&self, id: SessionId) -> Result<bool> {
        let now = self.clock.now();
        let record = self.storage.session(&id.0, now).await?;
        Ok(record.is_some_and(|record| !self.is_idle(record.last_activity, now)))
    }

    /// Whether a session or key may still do what it might when it was looked at, as far as GitLab says: its sockets
    /// keep what they were let in with.
    pub(crate) async fn still_holds(&self, session: &Session) -> bool {
        self.ways.standings().still_holds(session).await
    }

    /// When the token behind a session or key ends by itself, as far as GitLab was asked already.
    pub(crate) async fn token_ends(&self, session: &Session) -> Option<Timestamp> {
        self.ways.standings().token_ends(session).await
    }

    fn is_idle(&self, last: Timestamp, now: Timestamp) -> bool {
        self.idle.is_some_and(|idle| now.since(last) >= idle)
    }

    async fn load(&self, id: SessionId) -> Result<Option<Arc<Session>>> {
        let Some(record) = self.storage.session(&id.0, self.clock.now()).await? else {
            return Ok(None);
        };
        let mut session = match self.revive(id, record) {
            Ok(session) => session,
            Err(error) => {
                // Sealed with a secret that is gone, or of a host that is no longer allowed: sign in again.
                tracing::info!(%error, "A session cannot be used any more");
                self.storage.delete_session(&id.0).await?;
                return Ok(None);
            }
        };
        if !self.ways.standings().renew(&mut session).await {
            return Ok(None);
        }
        let session = Arc::new(session);
        Ok(self.memory.keep(&session).await.then_some(session))
    }

    /// Ends a session, here at once, and on all other nodes as soon as they hear of it. A grant that nobody else holds is revoked.
    pub(crate) async fn close(&self, id: SessionId) -> Result<()> {
        self.memory.ends(id).await;
        let record = self.storage.session(&id.0, Timestamp::default()).await?;
        self.storage.delete_session(&id.0).await?;
        self.memory.forget(id).await;
        self.nodes.tell_ended(&[id]).await;
        match record {
            Some(record) => self.let_go(&record).await,
            None => Ok(()),
        }
    }

    /// The living sessions of a user, last used first. One that no secret opens any more cannot be used, and is none.
    pub(crate) async fn of_user(&self, user: &UserKey) -> Result<Vec<Listed>> {
        let now = self.clock.now();
        let records = self.storage.sessions_of(user, now).await?;
        let living = records
            .into_iter()
            .filter(|record| !self.is_idle(record.last_activity, now));
        let listed = living.filter_map(|record| {
            let plain = self
                .vault
                .open(Purpose::Session, &record.id_hash, &record.sealed)
                .ok()?;
            let content: Content<'_> = serde_json::from_slice(&plain).ok()?;
            Some(Listed {
                id: SessionId(record.id_hash),
                created_at: record.created_at,
                last_activity: record.last_activity,
                expires_at: record.expires_at,
                from: content.opened_from,
            })
        });
        Ok(listed.collect())
    }

    /// Ends all sessions of a user, here at once, and on all other nodes as soon as they hear of it; returns them.
    pub(crate) async fn close_all(&self, user: &UserKey) -> Result<Vec<SessionId>> {
        self.end(user, 0).await
    }

    /// Ends the sessions of a user, except those that were used last.
    async fn end(&self, user: &UserKey, keep: u32) -> Result<Vec<SessionId>> {
        let records = self.storage.end_sessions(user, keep).await?;
        let ended: Vec<_> = records.iter().map(|record| SessionId(record.id_hash)).collect();
        for id in &ended {
            self.forget(*id).await;
        }
        self.nodes.tell_ended(&ended).await;
        for record in &records {
            self.let_go(record).await?;
        }
        Ok(ended)
    }

    /// A session that is no longer in the database is no longer known here.
    pub(crate) async fn forget(&self, id: SessionId) {
        self.memory.ends(id).await;
        self.memory.forget(id).await;
    }

    /// Believes nothing any more that is not in the database.
    pub(crate) fn forget_all(&self) {
        self.memory.forget_all();
    }

    /// An ended session holds its grant no more. One that cannot be opened any more holds nothing.
    async fn let_go(&self, record: &SessionRecord) -> Result<()> {
        let Ok(plain) = self.vault.open(Purpose::Session, &record.id_hash, &record.sealed) else {
            return Ok(());
        };
        let content: Content<'_> = serde_json::from_slice(&plain).map_err(ApiError::internal)?;
        match content.credential.read() {
            Ok(Credential::Grant(key)) => self.ways.grants().let_go(&record.user.instance, &key).await,
            _ => Ok(()),
        }
    }

    fn seal(&self, id: SessionId, opening: &Opening) -> Result<Vec<u8>> {
        let content = Content {
            profile: Cow::Borrowed(&opening.profile),
            credential: StoredCredential::from(&opening.credential),
            may_write: opening.may_write,
            opened_from: Some(opening.from.clone()),
        };
        content.seal(&self.vault, Purpose::Session, &id.0)
    }

    fn revive(&self, id: SessionId, record: SessionRecord) -> Result<Session> {
        let plain = self.vault.open(Purpose::Session, &id.0, &record.sealed)?;
        let content: Content<'_> = serde_json::from_slice(&plain).map_err(ApiError::internal)?;
        let credential = content.credential.read().map_err(ApiError::internal)?;
        let profile = content.profile.into_owned();
        let gitlab = self.ways.of_user(&record.user, &credential)?;
        let actor = Actor {
            user: record.user,
            username: profile.username.clone(),
            administrator: profile.is_admin,
        };
        Ok(Session {
            id,
            actor,
            profile,
            gitlab,
            credential,
            may_write: content.may_write,
            created_at: record.created_at,
            expires_at: Some(record.expires_at),
            key: None,
            last_activity: record.last_activity.into(),
        })
    }

    /// Removes what has expired. A grant that nobody else holds is revoked.
    pub(crate) async fn purge(&self) -> Result<()> {
        loop {
            let expired = self
                .storage
                .purge_sessions(self.clock.now(), PURGED_AT_ONCE)
                .await?;
            for record in &expired {
                self.let_go(record).await?;
            }
            if expired.len() < PURGED_AT_ONCE as usize {
                return Ok(());
            }
        }
    }
}

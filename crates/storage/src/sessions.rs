use async_trait::async_trait;
use domain::{Timestamp, UserKey};

use crate::Result;

/// A session as it is stored: the database sees neither the cookie nor the token.
#[derive(Clone, Debug)]
pub struct SessionRecord {
    /// SHA-256 of the cookie's value.
    pub id_hash: [u8; 32],
    /// Whose it is, so that it can be revoked by user.
    pub user: UserKey,
    /// The sealed content.
    pub sealed: Vec<u8>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last used (coarse: not every request writes).
    pub last_activity: Timestamp,
    /// After this it does not exist.
    pub expires_at: Timestamp,
}

/// Sessions of signed-in people.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Stores the session, replacing an older state of it.
    async fn put_session(&self, session: &SessionRecord) -> Result<()>;

    /// The session, unless it has expired at `now`.
    async fn session(&self, id_hash: &[u8; 32], now: Timestamp) -> Result<Option<SessionRecord>>;

    /// Notes a use. Does nothing for an unknown session.
    async fn touch_session(&self, id_hash: &[u8; 32], at: Timestamp) -> Result<()>;

    /// Ends the session. Returns whether there was one.
    async fn delete_session(&self, id_hash: &[u8; 32]) -> Result<bool>;

    /// Ends the user's sessions, except the `keep` that were used last. Returns those that ended.
    async fn end_sessions(&self, user: &UserKey, keep: u32) -> Result<Vec<SessionRecord>>;

    /// The user's sessions that have not expired at `now`, last used first.
    async fn sessions_of(&self, user: &UserKey, now: Timestamp) -> Result<Vec<SessionRecord>>;

    /// Whether this user has a session that lives at `now`.
    async fn has_session(&self, user: &UserKey, now: Timestamp) -> Result<bool>;

    /// Removes what has expired at `now`, at most `most`; returns what it was, so that what it held can be let go of.
    async fn purge_sessions(&self, now: Timestamp, most: u32) -> Result<Vec<SessionRecord>>;
}

use async_trait::async_trait;
use domain::{KeyId, KeyScopes, Timestamp, UserKey};

use crate::Result;

/// An API key as it is stored: the database sees neither the key nor the credential behind it.
#[derive(Clone, Debug)]
pub struct ApiKeyRecord {
    /// Its name in addresses; later keys have greater ids.
    pub id: KeyId,
    /// SHA-256 of the key.
    pub key_hash: [u8; 32],
    /// Whose it is.
    pub user: UserKey,
    /// What its owner calls it.
    pub name: String,
    /// What it may do.
    pub scopes: KeyScopes,
    /// The sealed content; only the key opens it.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// After this it opens nothing; `None`: until it is revoked.
    pub expires_at: Option<Timestamp>,
    /// When it was last used (coarse: not every request writes).
    pub last_used_at: Option<Timestamp>,
}

/// Keys for programs that act for a user.
#[async_trait]
pub trait ApiKeys: Send + Sync {
    /// Stores a new key, unless its user has `most` that live at `now`. Returns whether it was stored.
    async fn add_api_key(&self, key: &ApiKeyRecord, most: u32, now: Timestamp) -> Result<bool>;

    /// The key with this hash, unless it has expired at `now`.
    async fn api_key(&self, key_hash: &[u8; 32], now: Timestamp) -> Result<Option<ApiKeyRecord>>;

    /// The user's keys, newest first, also those that have expired and were not purged yet.
    async fn api_keys(&self, user: &UserKey) -> Result<Vec<ApiKeyRecord>>;

    /// Notes a use. Does nothing for an unknown key.
    async fn touch_api_key(&self, id: KeyId, at: Timestamp) -> Result<()>;

    /// Revokes a key of this user. Returns the hash by which it was known; `None` when this user has no such key.
    async fn revoke_api_key(&self, user: &UserKey, id: KeyId) -> Result<Option<[u8; 32]>>;

    /// Removes the keys that had expired before `moment`; returns how many.
    async fn purge_api_keys(&self, moment: Timestamp) -> Result<u64>;
}

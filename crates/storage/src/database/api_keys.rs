use async_trait::async_trait;
use domain::{KeyId, Timestamp, UserKey};
use sqlx::FromRow;

use super::Database;
use super::failure::Cell;
use crate::{ApiKeyRecord, ApiKeys, Result};

const ADD: &str = "INSERT INTO api_keys (id, key_hash, instance, user_id, name, scopes, sealed, created_at, expires_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const COUNT: &str = "SELECT COUNT(*) FROM api_keys WHERE instance = $1 AND user_id = $2 \
     AND (expires_at IS NULL OR expires_at > $3)";
const FIND: &str = "SELECT id, key_hash, instance, user_id, name, scopes, sealed, created_at, expires_at, last_used_at \
     FROM api_keys WHERE key_hash = $1 AND (expires_at IS NULL OR expires_at > $2)";
const LIST: &str = "SELECT id, key_hash, instance, user_id, name, scopes, sealed, created_at, expires_at, last_used_at \
     FROM api_keys WHERE instance = $1 AND user_id = $2 ORDER BY id DESC";
const TOUCH: &str = "UPDATE api_keys SET last_used_at = $2 WHERE id = $1";
const REVOKE: &str =
    "DELETE FROM api_keys WHERE id = $1 AND instance = $2 AND user_id = $3 RETURNING key_hash";
const PURGE: &str = "DELETE FROM api_keys WHERE expires_at < $1";

#[derive(FromRow)]
struct ApiKeyRow {
    id: String,
    key_hash: Vec<u8>,
    instance: String,
    user_id: i64,
    name: String,
    scopes: String,
    sealed: Vec<u8>,
    created_at: i64,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
}

impl ApiKeyRow {
    fn read(self) -> Result<ApiKeyRecord> {
        let cell = |column| Cell {
            table: "api_keys",
            column,
            row: &self.id,
        };
        Ok(ApiKeyRecord {
            id: cell("id").known(self.id.parse().ok())?,
            key_hash: cell("key_hash").known(self.key_hash.try_into().ok())?,
            user: UserKey {
                instance: cell("instance").known(self.instance.parse().ok())?,
                user_id: self.user_id.cast_unsigned(),
            },
            name: self.name,
            scopes: cell("scopes").known(self.scopes.parse().ok())?,
            sealed: self.sealed,
            created_at: Timestamp::from_millis(self.created_at),
            expires_at: self.expires_at.map(Timestamp::from_millis),
            last_used_at: self.last_used_at.map(Timestamp::from_millis),
        })
    }
}

#[async_trait]
impl ApiKeys for Database {
    async fn add_api_key(&self, key: &ApiKeyRecord, most: u32, now: Timestamp) -> Result<bool> {
        let mut transaction = self.pools.write().await?;
        // What is counted has to be true until the key is added.
        transaction
            .take_turns(&format!(
                "API keys of {} on {}",
                key.user.user_id, key.user.instance
            ))
            .await?;
        let living: Option<i64> = transaction
            .query(COUNT)
            .bind(key.user.instance.as_str())
            .bind(key.user.user_id.cast_signed())
            .bind(now.as_millis())
            .value()
            .await?;
        if living >= Some(i64::from(most)) {
            return Ok(false);
        }
        transaction
            .query(ADD)
            .bind(key.id.to_string())
            .bind(key.key_hash.as_slice())
            .bind(key.user.instance.as_str())
            .bind(key.user.user_id.cast_signed())
            .bind(&key.name)
            .bind(key.scopes.to_string())
            .bind(key.sealed.as_slice())
            .bind(key.created_at.as_millis())
            .bind(key.expires_at.map(Timestamp::as_millis))
            .execute()
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    async fn api_key(&self, key_hash: &[u8; 32], now: Timestamp) -> Result<Option<ApiKeyRecord>> {
        let row: Option<ApiKeyRow> = self
            .pools
            .readers()
            .query(FIND)
            .bind(key_hash.as_slice())
            .bind(now.as_millis())
            .optional()
            .await?;
        row.map(ApiKeyRow::read).transpose()
    }

    async fn api_keys(&self, user: &UserKey) -> Result<Vec<ApiKeyRecord>> {
        let rows: Vec<ApiKeyRow> = self
            .pools
            .readers()
            .query(LIST)
            .bind(user.instance.as_str())
            .bind(user.user_id.cast_signed())
            .all()
            .await?;
        rows.into_iter().map(ApiKeyRow::read).collect()
    }

    async fn touch_api_key(&self, id: KeyId, at: Timestamp) -> Result<()> {
        self.pools
            .writer()
            .query(TOUCH)
            .bind(id.to_string())
            .bind(at.as_millis())
            .execute()
            .await?;
        Ok(())
    }

    async fn revoke_api_key(&self, user: &UserKey, id: KeyId) -> Result<Option<[u8; 32]>> {
        let key_hash: Option<Vec<u8>> = self
            .pools
            .writer()
            .query(REVOKE)
            .bind(id.to_string())
            .bind(user.instance.as_str())
            .bind(user.user_id.cast_signed())
            .value()
            .await?;
        let cell = Cell {
            table: "api_keys",
            column: "key_hash",
            row: &id,
        };
        key_hash.map(|hash| cell.known(hash.try_into().ok())).transpose()
    }

    async fn purge_api_keys(&self, moment: Timestamp) -> Result<u64> {
        let gone = self
            .pools
            .writer()
            .query(PURGE)
            .bind(moment.as_millis())
            .execute()
            .await?;
        Ok(gone)
    }
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[ADD, COUNT, FIND, LIST, TOUCH, REVOKE, PURGE];

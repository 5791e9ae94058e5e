use async_trait::async_trait;
use domain::{Timestamp, UserKey};
use sqlx::FromRow;

use super::Database;
use super::failure::Cell;
use crate::{Result, SessionRecord, Sessions};

const PUT: &str = "INSERT INTO sessions (id_hash, instance, user_id, sealed, created_at, last_activity, expires_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id_hash) DO UPDATE SET instance = excluded.instance, \
     user_id = excluded.user_id, sealed = excluded.sealed, created_at = excluded.created_at, \
     last_activity = excluded.last_activity, expires_at = excluded.expires_at";
const FIND: &str = "SELECT id_hash, instance, user_id, sealed, created_at, last_activity, expires_at FROM sessions \
     WHERE id_hash = $1 AND expires_at > $2";
const TOUCH: &str = "UPDATE sessions SET last_activity = $2 WHERE id_hash = $1";
const DELETE: &str = "DELETE FROM sessions WHERE id_hash = $1";
const END: &str = "DELETE FROM sessions WHERE instance = $1 AND user_id = $2 AND id_hash NOT IN \
     (SELECT id_hash FROM sessions WHERE instance = $1 AND user_id = $2 \
     ORDER BY last_activity DESC, created_at DESC, id_hash LIMIT $3) \
     RETURNING id_hash, instance, user_id, sealed, created_at, last_activity, expires_at";
const OF_USER: &str = "SELECT id_hash, instance, user_id, sealed, created_at, last_activity, expires_at FROM sessions \
     WHERE instance = $1 AND user_id = $2 AND expires_at > $3 ORDER BY last_activity DESC, created_at DESC, id_hash";
const HAS: &str = "SELECT COUNT(*) FROM sessions WHERE instance = $1 AND user_id = $2 AND expires_at > $3";
const PURGE: &str = "DELETE FROM sessions WHERE id_hash IN \
     (SELECT id_hash FROM sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2) \
     RETURNING id_hash, instance, user_id, sealed, created_at, last_activity, expires_at";

#[derive(FromRow)]
struct SessionRow {
    id_hash: Vec<u8>,
    instance: String,
    user_id: i64,
    sealed: Vec<u8>,
    created_at: i64,
    last_activity: i64,
    expires_at: i64,
}

impl SessionRow {
    fn read(self) -> Result<SessionRecord> {
        // The key is a secret's hash; the row is found by its time instead.
        let cell = |column| Cell {
            table: "sessions",
            column,
            row: &self.created_at,
        };
        Ok(SessionRecord {
            id_hash: cell("id_hash").known(self.id_hash.try_into().ok())?,
            user: UserKey {
                instance: cell("instance").known(self.instance.parse().ok())?,
                user_id: self.user_id.cast_unsigned(),
            },
            sealed: self.sealed,
            created_at: Timestamp::from_millis(self.created_at),
            last_activity: Timestamp::from_millis(self.last_activity),
            expires_at: Timestamp::from_millis(self.expires_at),
        })
    }
}

#[async_trait]
impl Sessions for Database {
    async fn put_session(&self, session: &SessionRecord) -> Result<()> {
        self.pools
            .writer()
            .query(PUT)
            .bind(session.id_hash.as_slice())
            .bind(session.user.instance.as_str())
            .bind(session.user.user_id.cast_signed())
            .bind(session.sealed.as_slice())
            .bind(session.created_at.as_millis())
            .bind(session.last_activity.as_millis())
            .bind(session.expires_at.as_millis())
            .execute()
            .await?;
        Ok(())
    }

    async fn session(&self, id_hash: &[u8; 32], now: Timestamp) -> Result<Option<SessionRecord>> {
        let row: Option<SessionRow> = self
            .pools
            .readers()
            .query(FIND)
            .bind(id_hash.as_slice())
            .bind(now.as_millis())
            .optional()
            .await?;
        row.map(SessionRow::read).transpose()
    }

    async fn end_sessions(&self, user: &UserKey, keep: u32) -> Result<Vec<SessionRecord>> {
        let rows: Vec<SessionRow> = self
            .pools
            .writer()
            .query(END)
            .bind(user.instance.as_str())
            .bind(user.user_id.cast_signed())
            .bind(i64::from(keep))
            .all()
            .await?;
        rows.into_iter().map(SessionRow::read).collect()
    }

    async fn touch_session(&self, id_hash: &[u8; 32], at: Timestamp) -> Result<()> {
        self.pools
            .writer()
            .query(TOUCH)
            .bind(id_hash.as_slice())
            .bind(at.as_millis())
            .execute()
            .await?;
        Ok(())
    }

    async fn delete_session(&self, id_hash: &[u8; 32]) -> Result<bool> {
        let gone = self
            .pools
            .writer()
            .query(DELETE)
            .bind(id_hash.as_slice())
            .execute()
            .await?;
        Ok(gone > 0)
    }

    async fn sessions_of(&self, user: &UserKey, now: Timestamp) -> Result<Vec<SessionRecord>> {
        let rows: Vec<SessionRow> = self
            .pools
            .readers()
            .query(OF_USER)
            .bind(user.instance.as_str())
            .bind(user.user_id.cast_signed())
            .bind(now.as_millis())
            .all()
            .await?;
        rows.into_iter().map(SessionRow::read).collect()
    }

    async fn has_session(&self, user: &UserKey, now: Timestamp) -> Result<bool> {
        let sessions: Option<i64> = self
            .pools
            .readers()
            .query(HAS)
            .bind(user.instance.as_str())
            .bind(user.user_id.cast_signed())
            .bind(now.as_millis())
            .value()
            .await?;
        Ok(sessions > Some(0))
    }

    async fn purge_sessions(&self, now: Timestamp, most: u32) -> Result<Vec<SessionRecord>> {
        let rows: Vec<SessionRow> = self
            .pools
            .writer()
            .query(PURGE)
            .bind(now.as_millis())
            .bind(i64::from(most))
            .all()
            .await?;
        rows.into_iter().map(SessionRow::read).collect()
    }
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[PUT, FIND, TOUCH, DELETE, END, OF_USER, HAS, PURGE];

use async_trait::async_trait;
use domain::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use super::Database;
use super::failure::Cell;
use crate::{GrantHolder, GrantRecord, Grants, Result, RevocationRecord};

const ADD: &str = "INSERT INTO oauth_grants (id, sealed, version, created_at) VALUES ($1, $2, $3, $4)";
const FIND: &str = "SELECT sealed, version, created_at FROM oauth_grants WHERE id = $1";
const LET_GO_SESSION: &str = "DELETE FROM oauth_holders WHERE session = $1";
const LET_GO_KEY: &str = "DELETE FROM oauth_holders WHERE api_key = $1";
const LET_GO_JOB: &str = "DELETE FROM oauth_holders WHERE job = (SELECT number FROM jobs WHERE id = $1)";
const HOLD_SESSION: &str = "INSERT INTO oauth_holders (grant_id, session) \
     SELECT id, $1 FROM oauth_grants WHERE id = $2";
const HOLD_KEY: &str = "INSERT INTO oauth_holders (grant_id, api_key) \
     SELECT id, $1 FROM oauth_grants WHERE id = $2";
const HOLD_JOB: &str = "INSERT INTO oauth_holders (grant_id, job) SELECT oauth_grants.id, jobs.number \
     FROM oauth_grants, jobs WHERE oauth_grants.id = $2 AND jobs.id = $1";
const IS_HELD: &str = "SELECT COUNT(*) FROM oauth_holders LEFT JOIN api_keys ON api_keys.id = oauth_holders.api_key \
     WHERE grant_id = $1 AND (api_keys.expires_at IS NULL OR api_keys.expires_at > $2)";
const CLAIM: &str = "UPDATE oauth_grants SET renewing_until = $4 WHERE id = $1 AND version = $2 \
     AND (renewing_until IS NULL OR renewing_until <= $3)";
const RENEW: &str = "UPDATE oauth_grants SET sealed = $3, version = version + 1, renewing_until = NULL \
     WHERE id = $1 AND version = $2";
const GIVE_BACK: &str = "UPDATE oauth_grants SET renewing_until = NULL WHERE id = $1 AND version = $2";
const REMOVE: &str = "DELETE FROM oauth_grants WHERE id = $1";
const END: &str = "DELETE FROM oauth_grants WHERE id = $1 AND version = $2 \
     AND NOT EXISTS (SELECT 1 FROM oauth_holders LEFT JOIN api_keys ON api_keys.id = oauth_holders.api_key \
     WHERE grant_id = $1 AND (api_keys.expires_at IS NULL OR api_keys.expires_at > $3))";
const KEEP_REVOCATION: &str =
    "INSERT INTO oauth_revocations (id, instance, sealed, ended_at, due_at) VALUES ($1, $2, $3, $4, $5)";
// Whoever waited for another's update finds the row due no more.
const TAKE_REVOCATIONS: &str = "UPDATE oauth_revocations SET due_at = $2 WHERE due_at <= $1 AND id IN \
     (SELECT id FROM oauth_revocations WHERE due_at <= $1 ORDER BY due_at, id LIMIT $3) \
     RETURNING id, instance, sealed, ended_at";
const REMOVE_REVOCATION: &str = "DELETE FROM oauth_revocations WHERE id = $1";
const PURGE: &str = "DELETE FROM oauth_grants WHERE created_at < $1 \
     AND NOT EXISTS (SELECT 1 FROM oauth_holders WHERE oauth_holders.grant_id = oauth_grants.id)";

#[derive(FromRow)]
struct RevocationRow {
    id: String,
    instance: String,
    sealed: Vec<u8>,
    ended_at: i64,
}

impl RevocationRow {
    fn read(self) -> Result<RevocationRecord> {
        let cell = |column| Cell {
            table: "oauth_revocations",
            column,
            row: &self.id,
        };
        Ok(RevocationRecord {
            id: cell("id").known(self.id.parse().ok())?,
            instance: cell("instance").known(self.instance.parse().ok())?,
            sealed: self.sealed,
            ended_at: Timestamp::from_millis(self.ended_at),
        })
    }
}

#[async_trait]
impl Grants for Database {
    async fn add_grant(&self, grant: &GrantRecord) -> Result<()> {
        self.pools
            .writer()
            .query(ADD)
            .bind(grant.id.to_string())
            .bind(grant.sealed.as_slice())
            .bind(grant.version)
            .bind(grant.created_at.as_millis())
            .execute()
            .await?;
        Ok(())
    }

    async fn grant(&self, id: Uuid) -> Result<Option<GrantRecord>> {
        let row: Option<(Vec<u8>, i64, i64)> = self
            .pools
            .readers()
            .query(FIND)
            .bind(id.to_string())
            .optional()
            .await?;
        Ok(row.map(|(sealed, version, created_at)| GrantRecord {
            id,
            sealed,
            version,
            created_at: Timestamp::from_millis(created_at),
        }))
    }

    async fn hold_grant(&self, id: Uuid, holder: GrantHolder) -> Result<()> {
        let id = id.to_string();
        let mut transaction = self.pools.write().await?;
        match holder {
            GrantHolder::Session(hash) => {
                let hash = hash.as_slice();
                transaction.query(LET_GO_SESSION).bind(hash).execute().await?;
                transaction
                    .query(HOLD_SESSION)
                    .bind(hash)
                    .bind(&id)
                    .execute()
                    .await?;
            }
            GrantHolder::Key(key) => {
                let key = key.to_string();
                transaction.query(LET_GO_KEY).bind(&key).execute().await?;
                transaction.query(HOLD_KEY).bind(&key).bind(&id).execute().await?;
            }
            GrantHolder::Job(job) => {
                let job = job.to_string();
                transaction.query(LET_GO_JOB).bind(&job).execute().await?;
                transaction.query(HOLD_JOB).bind(&job).bind(&id).execute().await?;
            }
        }
        transaction.commit().await
    }

    async fn is_grant_held(&self, id: Uuid, now: Timestamp) -> Result<bool> {
        let holders: Option<i64> = self
            .pools
            .readers()
            .query(IS_HELD)
            .bind(id.to_string())
            .bind(now.as_millis())
            .value()
            .await?;
        Ok(holders > Some(0))
    }

    async fn claim_renewal(&self, id: Uuid, version: i64, now: Timestamp, until: Timestamp) -> Result<bool> {
        let claimed = self
            .pools
            .writer()
            .query(CLAIM)
            .bind(id.to_string())
            .bind(version)
            .bind(now.as_millis())
            .bind(until.as_millis())
            .execute()
            .await?;
        Ok(claimed > 0)
    }

    async fn renew_grant(&self, id: Uuid, version: i64, sealed: &[u8]) -> Result<bool> {
        let renewed = self
            .pools
            .writer()
            .query(RENEW)
            .bind(id.to_string())
            .bind(version)
            .bind(sealed)
            .execute()
            .await?;
        Ok(renewed > 0)
    }

    async fn give_renewal_back(&self, id: Uuid, version: i64) -> Result<()> {
        self.pools
            .writer()
            .query(GIVE_BACK)
            .bind(id.to_string())
            .bind(version)
            .execute()
            .await?;
        Ok(())
    }

    async fn remove_grant(&self, id: Uuid) -> Result<()> {
        self.pools
            .writer()
            .query(REMOVE)
            .bind(id.to_string())
            .execute()
            .await?;
        Ok(())
    }

    async fn end_grant(&self, revocation: &RevocationRecord, version: i64, due: Timestamp) -> Result<bool> {
        let id = revocation.id.to_string();
        let mut transaction = self.pools.write().await?;
        let ended = transaction
            .query(END)
            .bind(&id)
            .bind(version)
            .bind(revocation.ended_at.as_millis())
            .execute()
            .await?;
        if ended == 0 {
            return Ok(false);
        }
        transaction
            .query(KEEP_REVOCATION)
            .bind(&id)
            .bind(revocation.instance.as_str())
            .bind(revocation.sealed.as_slice())
            .bind(revocation.ended_at.as_millis())
            .bind(due.as_millis())
            .execute()
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    async fn take_revocations(
        &self,
        now: Timestamp,
        until: Timestamp,
        most: u32,
    ) -> Result<Vec<RevocationRecord>> {
        let rows: Vec<RevocationRow> = self
            .pools
            .writer()
            .query(TAKE_REVOCATIONS)
            .bind(now.as_millis())
            .bind(until.as_millis())
            .bind(i64::from(most))
            .all()
            .await?;
        rows.into_iter().map(RevocationRow::read).collect()
    }

    async fn remove_revocation(&self, id: Uuid) -> Result<()> {
        self.pools
            .writer()
            .query(REMOVE_REVOCATION)
            .bind(id.to_string())
            .execute()
            .await?;
        Ok(())
    }

    async fn purge_grants(&self, moment: Timestamp) -> Result<u64> {
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
pub(super) const STATEMENTS: &[&str] = &[
    ADD,
    FIND,
    LET_GO_SESSION,
    LET_GO_KEY,
    LET_GO_JOB,
    HOLD_SESSION,
    HOLD_KEY,
    HOLD_JOB,
    IS_HELD,
    CLAIM,
    RENEW,
    GIVE_BACK,
    REMOVE,
    END,
    KEEP_REVOCATION,
    TAKE_REVOCATIONS,
    REMOVE_REVOCATION,
    PURGE,
];

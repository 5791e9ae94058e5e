use std::time::Duration;

use async_trait::async_trait;
use domain::{Timestamp, UserKey};
use sqlx::FromRow;

use super::Database;
use super::failure::Cell;
use crate::{QuotaRecord, Quotas, Result};

const PUT: &str = "INSERT INTO quotas (instance, user_id, endpoint, opened_at, length, passed, most, measured, \
     refused, shut_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
     ON CONFLICT (instance, user_id, endpoint) DO UPDATE SET opened_at = excluded.opened_at, \
     length = excluded.length, passed = excluded.passed, most = excluded.most, measured = excluded.measured, \
     refused = excluded.refused, shut_until = excluded.shut_until";
const LIST: &str = "SELECT endpoint, opened_at, length, passed, most, measured, refused, shut_until FROM quotas \
     WHERE instance = $1 AND user_id = $2 ORDER BY endpoint";

#[derive(FromRow)]
struct QuotaRow {
    endpoint: String,
    opened_at: i64,
    length: i64,
    passed: i64,
    most: Option<i64>,
    measured: i64,
    refused: bool,
    shut_until: i64,
}

impl QuotaRow {
    fn read(self) -> Result<QuotaRecord> {
        let cell = |column| Cell {
            table: "quotas",
            column,
            row: &self.endpoint,
        };
        Ok(QuotaRecord {
            opened_at: Timestamp::from_millis(self.opened_at),
            length: Duration::from_millis(cell("length").number(self.length)?),
            passed: cell("passed").number(self.passed)?,
            most: self.most.map(|most| cell("most").number(most)).transpose()?,
            measured: cell("measured").number(self.measured)?,
            refused: self.refused,
            shut_until: Timestamp::from_millis(self.shut_until),
            endpoint: self.endpoint.clone(),
        })
    }
}

#[async_trait]
impl Quotas for Database {
    async fn put_quotas(&self, user: &UserKey, quotas: &[QuotaRecord]) -> Result<()> {
        if quotas.is_empty() {
            return Ok(());
        }
        let mut transaction = self.pools.write().await?;
        for quota in quotas {
            transaction
                .query(PUT)
                .bind(user.instance.as_str())
                .bind(user.user_id.cast_signed())
                .bind(quota.endpoint.as_str())
                .bind(quota.opened_at.as_millis())
                .bind(i64::try_from(quota.length.as_millis()).unwrap_or(i64::MAX))
                .bind(i64::from(quota.passed))
                .bind(quota.most.map(i64::from))
                .bind(i64::from(quota.measured))
                .bind(quota.refused)
                .bind(quota.shut_until.as_millis())
                .execute()
                .await?;
        }
        transaction.commit().await
    }

    async fn quotas(&self, user: &UserKey) -> Result<Vec<QuotaRecord>> {
        let rows: Vec<QuotaRow> = self
            .pools
            .readers()
            .query(LIST)
            .bind(user.instance.as_str())
            .bind(user.user_id.cast_signed())
            .all()
            .await?;
        rows.into_iter().map(QuotaRow::read).collect()
    }
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[PUT, LIST];

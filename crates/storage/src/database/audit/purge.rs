use domain::Timestamp;

use crate::Result;
use crate::database::Database;

const NODES: &str = "SELECT node FROM audit_chains ORDER BY node";
// The first row that stays, if any does.
const FIRST_KEPT: &str = "SELECT seq FROM audit WHERE node = $1 AND at >= $2 ORDER BY seq LIMIT 1";
const LAST_GONE: &str = "SELECT seq, hash FROM audit WHERE node = $1 AND seq < $2 ORDER BY seq DESC LIMIT 1";
const CHECKPOINT: &str = "INSERT INTO audit_checkpoints (node, seq, hash, at, purged) VALUES ($1, $2, $3, $4, 1) \
     ON CONFLICT (node, seq) DO UPDATE SET purged = 1";
const FORGET: &str = "DELETE FROM audit_checkpoints WHERE node = $1 AND seq < $2";
const PURGE: &str = "DELETE FROM audit WHERE node = $1 AND seq <= $2";

/// Cuts each chain where what is older ends; a checkpoint remembers what the rest follows.
pub(super) async fn purge(database: &Database, moment: Timestamp) -> Result<u64> {
    let nodes: Vec<String> = sqlx::query_scalar(NODES)
        .fetch_all(database.pools.readers())
        .await?;
    let mut purged = 0;
    for node in nodes {
        let mut transaction = database.pools.write().await?;
        let kept: Option<i64> = sqlx::query_scalar(FIRST_KEPT)
            .bind(&node)
            .bind(moment.as_millis())
            .fetch_optional(&mut *transaction)
            .await?;
        let gone: Option<(i64, Vec<u8>)> = sqlx::query_as(LAST_GONE)
            .bind(&node)
            .bind(kept.unwrap_or(i64::MAX))
            .fetch_optional(&mut *transaction)
            .await?;
        let Some((seq, hash)) = gone else {
            continue;
        };
        sqlx::query(CHECKPOINT)
            .bind(&node)
            .bind(seq)
            .bind(hash)
            .bind(database.now().as_millis())
            .execute(&mut *transaction)
            .await?;
        sqlx::query(FORGET)
            .bind(&node)
            .bind(seq)
            .execute(&mut *transaction)
            .await?;
        let rows = sqlx::query(PURGE)
            .bind(&node)
            .bind(seq)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        purged += rows.rows_affected();
    }
    Ok(purged)
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[NODES, FIRST_KEPT, LAST_GONE, CHECKPOINT, FORGET, PURGE];

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
    let nodes: Vec<String> = database.pools.readers().query(NODES).values().await?;
    let mut purged = 0;
    for node in nodes {
        let mut transaction = database.pools.write().await?;
        let kept: Option<i64> = transaction
            .query(FIRST_KEPT)
            .bind(&node)
            .bind(moment.as_millis())
            .value()
            .await?;
        let gone: Option<(i64, Vec<u8>)> = transaction
            .query(LAST_GONE)
            .bind(&node)
            .bind(kept.unwrap_or(i64::MAX))
            .optional()
            .await?;
        let Some((seq, hash)) = gone else {
            continue;
        };
        transaction
            .query(CHECKPOINT)
            .bind(&node)
            .bind(seq)
            .bind(hash)
            .bind(database.now().as_millis())
            .execute()
            .await?;
        transaction.query(FORGET).bind(&node).bind(seq).execute().await?;
        let rows = transaction.query(PURGE).bind(&node).bind(seq).execute().await?;
        transaction.commit().await?;
        purged += rows;
    }
    Ok(purged)
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[NODES, FIRST_KEPT, LAST_GONE, CHECKPOINT, FORGET, PURGE];

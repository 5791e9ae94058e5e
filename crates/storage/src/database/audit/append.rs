use sha2::{Digest, Sha256};
use uuid::Builder;

use super::row::{COLUMNS, Stored};
use crate::database::Database;
use crate::database::bulk::runs;
use crate::database::failure::Cell;
use crate::database::sql::Sql;
use crate::{AuditCheckpoint, AuditEntry, Result};

/// What the first row of a chain follows.
pub(super) const NOTHING: [u8; 32] = [0; 32];
/// After so many rows there is a checkpoint.
const CHECKPOINT_EVERY: i64 = 1000;

// Takes the chain for this transaction, and so many places in it.
const TAKE: &str = "UPDATE audit_chains SET seq = seq + $2 WHERE node = $1 RETURNING seq, hash";
const BEGIN: &str =
    "INSERT INTO audit_chains (node, seq, hash) VALUES ($1, 0, $2) ON CONFLICT (node) DO NOTHING";
const LEAVE: &str = "UPDATE audit_chains SET hash = $2 WHERE node = $1";
const CHECKPOINT: &str =
    "INSERT INTO audit_checkpoints (node, seq, hash, at, purged) VALUES ($1, $2, $3, $4, 0)";

pub(super) async fn append(
    database: &Database,
    node: &str,
    entries: &[AuditEntry],
) -> Result<Option<AuditCheckpoint>> {
    let Ok(count @ 1..) = i64::try_from(entries.len()) else {
        return Ok(None);
    };
    let mut transaction = database.pools.write().await?;
    let taken: Option<(i64, Vec<u8>)> = transaction.query(TAKE).bind(node).bind(count).optional().await?;
    let (last, mut hash) = match taken {
        Some(taken) => taken,
        None => {
            let nothing = NOTHING.as_slice();
            transaction
                .query(BEGIN)
                .bind(node)
                .bind(nothing)
                .execute()
                .await?;
            transaction.query(TAKE).bind(node).bind(count).one().await?
        }
    };
    let mut rows = Vec::with_capacity(entries.len());
    for (entry, seq) in entries.iter().zip(last - count + 1..) {
        let mut row = Stored::of(entry, node, seq, id(entry, node, seq));
        row.hash = row.hash_after(&hash)?.to_vec();
        hash.clone_from(&row.hash);
        rows.push(row);
    }
    for run in runs(&rows) {
        let mut insert = Sql::new(transaction.dialect(), format!("INSERT INTO audit ({COLUMNS}) "));
        insert.push_values(run, |values, row| {
            values
                .push_bind(&row.node)
                .push_bind(row.seq)
                .push_bind(&row.id)
                .push_bind(row.at)
                .push_bind(&row.instance)
                .push_bind(row.user_id)
                .push_bind(&row.username)
                .push_bind(&row.via)
                .push_bind(&row.address)
                .push_bind(&row.action)
                .push_bind(&row.target)
                .push_bind(&row.outcome)
                .push_bind(row.status)
                .push_bind(&row.request_id)
                .push_bind(&row.details)
                .push_bind(&row.hash);
        });
        transaction.run(insert).execute().await?;
    }
    transaction.query(LEAVE).bind(node).bind(&hash).execute().await?;
    let is_due = last / CHECKPOINT_EVERY > (last - count) / CHECKPOINT_EVERY;
    if is_due {
        transaction
            .query(CHECKPOINT)
            .bind(node)
            .bind(last)
            .bind(&hash)
            .bind(database.now().as_millis())
            .execute()
            .await?;
    }
    transaction.commit().await?;
    if !is_due {
        return Ok(None);
    }
    let cell = Cell {
        table: "audit_chains",
        column: "seq",
        row: &node,
    };
    Ok(Some(AuditCheckpoint {
        node: node.to_owned(),
        seq: cell.number(last)?,
        hash: cell.known(hash.try_into().ok())?,
    }))
}

/// Later rows have greater ids: by time, and within a millisecond by their place in the chain.
fn id(entry: &AuditEntry, node: &str, seq: i64) -> String {
    let millis = u64::try_from(entry.at.as_millis()).unwrap_or_default();
    let (seq, node) = (seq.to_be_bytes(), Sha256::digest(node.as_bytes()));
    let rest = [0, 0, 0, seq[3], seq[4], seq[5], seq[6], seq[7], node[0], node[1]];
    Builder::from_unix_timestamp_millis(millis, &rest)
        .into_uuid()
        .to_string()
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[TAKE, BEGIN, LEAVE, CHECKPOINT];

use std::collections::HashMap;

use super::append::NOTHING;
use super::row::Stored;
use crate::database::Database;
use crate::{AuditFlaw, AuditVerdict, Result};

/// More flaws say nothing that these do not.
const MOST_FLAWS: usize = 100;
/// So many rows at a time.
const PAGE: i64 = 1000;

const CHAINS: &str = "SELECT node, seq, hash FROM audit_chains UNION ALL \
     SELECT node, 0, $1 FROM (SELECT DISTINCT node FROM audit) AS rows_of \
     WHERE NOT EXISTS (SELECT 1 FROM audit_chains AS known WHERE known.node = rows_of.node)";
const CHECKPOINTS: &str = "SELECT seq, hash, purged FROM audit_checkpoints WHERE node = $1 ORDER BY seq";
const ROWS: &str = "SELECT node, seq, id, at, instance, user_id, username, via, address, action, target, outcome, \
     status, request_id, details, hash FROM audit WHERE node = $1 AND seq > $2 ORDER BY seq LIMIT $3";

/// Follows each chain from where it was cut (or begins) to its end.
pub(super) async fn verify(database: &Database) -> Result<AuditVerdict> {
    let mut verdict = AuditVerdict::default();
    let chains: Vec<(String, i64, Vec<u8>)> = database
        .pools
        .readers()
        .query(CHAINS)
        .bind(NOTHING.as_slice())
        .all()
        .await?;
    for (node, end, hash) in chains {
        verdict.chains += 1;
        let last = follow(database, &node, &mut verdict).await?;
        // Rows may have been added since the end was read, never taken away.
        if last.seq < end {
            verdict.missing(&node, last.seq + 1, end);
        } else if last.seq == end && last.hash != hash {
            verdict.changed(&node, end);
        }
    }
    verdict.flaws.truncate(MOST_FLAWS);
    Ok(verdict)
}

struct Link {
    seq: i64,
    hash: Vec<u8>,
}

async fn follow(database: &Database, node: &str, verdict: &mut AuditVerdict) -> Result<Link> {
    let checkpoints: Vec<(i64, Vec<u8>, i64)> = database
        .pools
        .readers()
        .query(CHECKPOINTS)
        .bind(node)
        .all()
        .await?;
    let cut = checkpoints.iter().rev().find(|(_, _, purged)| *purged == 1);
    let mut last = Link {
        seq: cut.map_or(0, |(seq, ..)| *seq),
        hash: cut.map_or_else(|| NOTHING.to_vec(), |(_, hash, _)| hash.clone()),
    };
    let seen: HashMap<i64, &[u8]> = checkpoints
        .iter()
        .map(|(seq, hash, _)| (*seq, hash.as_slice()))
        .collect();
    loop {
        let rows: Vec<Stored> = database
            .pools
            .readers()
            .query(ROWS)
            .bind(node)
            .bind(last.seq)
            .bind(PAGE)
            .all()
            .await?;
        if rows.is_empty() || verdict.flaws.len() >= MOST_FLAWS {
            return Ok(last);
        }
        for row in rows {
            verdict.rows += 1;
            if row.seq != last.seq + 1 {
                verdict.missing(node, last.seq + 1, row.seq - 1);
            } else if row.hash_after(&last.hash)?.as_slice() != row.hash {
                verdict.changed(node, row.seq);
            }
            if seen.get(&row.seq).is_some_and(|hash| *hash != row.hash) {
                let (node, seq) = (node.to_owned(), row.seq.cast_unsigned());
                verdict.flaws.push(AuditFlaw::NotAsAtCheckpoint { node, seq });
            }
            last = Link {
                seq: row.seq,
                hash: row.hash,
            };
        }
    }
}

impl AuditVerdict {
    fn changed(&mut self, node: &str, seq: i64) {
        self.flaws.push(AuditFlaw::Changed {
            node: node.to_owned(),
            seq: seq.cast_unsigned(),
        });
    }

    fn missing(&mut self, node: &str, from: i64, to: i64) {
        self.flaws.push(AuditFlaw::Missing {
            node: node.to_owned(),
            from: from.cast_unsigned(),
            to: to.cast_unsigned(),
        });
    }
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[CHAINS, CHECKPOINTS, ROWS];

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use domain::{ManualClock, Timestamp};
    use sqlx::AssertSqlSafe;

    use super::*;
    use crate::database::pools::Pools;
    use crate::{Audit, AuditEntry, AuditOutcome};

    fn entry(second: i64) -> AuditEntry {
        AuditEntry {
            at: Timestamp::from_millis(second * 1000),
            instance: None,
            user_id: None,
            username: Some(format!("user {second}")),
            via: None,
            address: None,
            action: "write".to_owned(),
            target: "/api/gitlab/groups".to_owned(),
            outcome: AuditOutcome::Succeeded,
            status: Some(201),
            request_id: None,
            details: None,
        }
    }

    /// A chain of ten rows of which the first three were purged, after somebody did this to it.
    async fn after(harm: &str) -> Vec<String> {
        let clock = Arc::new(ManualClock::at(Timestamp::from_millis(0)));
        let database = Database::open_temporary(clock).await.unwrap();
        let entries: Vec<AuditEntry> = (1..=10).map(entry).collect();
        database.append_audit("a", &entries[..4]).await.unwrap();
        database.append_audit("a", &entries[4..]).await.unwrap();
        database.append_audit("b", &entries[..1]).await.unwrap();
        let moment = Timestamp::from_millis(0).plus(Duration::from_secs(4));
        assert_eq!(database.purge_audit(moment).await.unwrap(), 4);
        let Pools::Sqlite(pools) = &database.pools else {
            unreachable!()
        };
        sqlx::raw_sql(AssertSqlSafe(harm.to_owned()))
            .execute(pools.writer())
            .await
            .unwrap();
        let verdict = database.verify_audit().await.unwrap();
        verdict.flaws.iter().map(ToString::to_string).collect()
    }

    #[tokio::test]
    async fn a_chain_that_was_only_added_to_and_purged_is_whole() {
        assert_eq!(after("SELECT 1").await, [""; 0]);
    }

    #[tokio::test]
    async fn a_changed_row_is_found() {
        for change in [
            "outcome = 'refused'",
            "username = NULL",
            "at = at + 1",
            "details = '{}'",
            "status = 200",
            "hash = zeroblob(32)",
        ] {
            let found = after(&format!("UPDATE audit SET {change} WHERE seq = 6")).await;
            assert!(
                found[0].starts_with("row 6 of a does not follow"),
                "{change}: {found:?}"
            );
        }
        // Whoever mends the hash of the row breaks the one after it.
        let found = after("UPDATE audit SET hash = zeroblob(32) WHERE seq = 10").await;
        assert_eq!(found.len(), 2, "the row, and the end that was noted: {found:?}");
    }

    #[tokio::test]
    async fn a_removed_row_is_found_wherever_it_was() {
        assert_eq!(
            after("DELETE FROM audit WHERE node = 'a' AND seq = 6").await,
            ["rows 6 to 6 of a are missing"]
        );
        assert_eq!(
            after("DELETE FROM audit WHERE node = 'a' AND seq = 4").await,
            ["rows 4 to 4 of a are missing"]
        );
        assert_eq!(
            after("DELETE FROM audit WHERE node = 'a' AND seq > 8").await,
            ["rows 9 to 10 of a are missing"]
        );
        assert_eq!(
            after("DELETE FROM audit WHERE node = 'a'").await,
            ["rows 4 to 10 of a are missing"]
        );
    }

    #[tokio::test]
    async fn rows_that_changed_places_are_found() {
        let found = after(
            "UPDATE audit SET seq = 99 WHERE node = 'a' AND seq = 6; \
             UPDATE audit SET seq = 6 WHERE node = 'a' AND seq = 7; \
             UPDATE audit SET seq = 7 WHERE node = 'a' AND seq = 99",
        )
        .await;
        assert!(found[0].starts_with("row 6 of a"), "{found:?}");
    }

    #[tokio::test]
    async fn a_chain_whose_end_is_not_known_is_found() {
        let found = after("DELETE FROM audit_checkpoints; DELETE FROM audit_chains").await;
        assert_eq!(found[0], "rows 1 to 3 of a are missing");
    }

    #[tokio::test]
    async fn a_chain_that_is_not_as_at_its_checkpoint_is_found() {
        let found = after("INSERT INTO audit_checkpoints VALUES ('a', 8, zeroblob(32), 0, 0)").await;
        assert_eq!(found, ["row 8 of a is not the one that its checkpoint saw"]);
    }
}

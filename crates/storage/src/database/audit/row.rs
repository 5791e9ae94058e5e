use domain::Timestamp;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use sqlx::FromRow;

use crate::database::failure::{Cell, json};
use crate::{AuditEntry, AuditOutcome, AuditRow, Result};

/// The columns of [`Stored`], in its order.
pub(super) const COLUMNS: &str = "node, seq, id, at, instance, user_id, username, via, address, action, \
     target, outcome, status, request_id, details, hash";

/// A row as the database has it. What is hashed is this and not what it means, so that a row which no version of
/// this program would write is found to be changed.
#[derive(Debug, FromRow)]
pub(super) struct Stored {
    pub(super) node: String,
    pub(super) seq: i64,
    pub(super) id: String,
    pub(super) at: i64,
    pub(super) instance: Option<String>,
    pub(super) user_id: Option<i64>,
    pub(super) username: Option<String>,
    pub(super) via: Option<String>,
    pub(super) address: Option<String>,
    pub(super) action: String,
    pub(super) target: String,
    pub(super) outcome: String,
    pub(super) status: Option<i64>,
    pub(super) request_id: Option<String>,
    pub(super) details: Option<String>,
    pub(super) hash: Vec<u8>,
}

impl Stored {
    /// The row that this entry becomes at this place, before it is hashed.
    pub(super) fn of(entry: &AuditEntry, node: &str, seq: i64, id: String) -> Self {
        Self {
            node: node.to_owned(),
            seq,
            id,
            at: entry.at.as_millis(),
            instance: entry.instance.as_ref().map(ToString::to_string),
            user_id: entry.user_id.map(u64::cast_signed),
            username: entry.username.clone(),
            via: entry.via.clone(),
            address: entry.address.clone(),
            action: entry.action.clone(),
            target: entry.target.clone(),
            outcome: entry.outcome.name().to_owned(),
            status: entry.status.map(i64::from),
            request_id: entry.request_id.clone(),
            details: entry.details.as_ref().map(|details| details.get().to_owned()),
            hash: Vec::new(),
        }
    }

    /// What its hash has to be, after a row with the hash `previous`.
    ///
    /// Every column is in it, as JSON in one order: no two contents have one text.
    pub(super) fn hash_after(&self, previous: &[u8]) -> Result<[u8; 32]> {
        let place = (&self.node, self.seq, &self.id, self.at);
        let who = (
            &self.instance,
            self.user_id,
            &self.username,
            &self.via,
            &self.address,
        );
        let what = (&self.action, &self.target, &self.outcome, self.status);
        let content = json(&(place, who, what, &self.request_id, &self.details))?;
        Ok(Sha256::new()
            .chain_update(previous)
            .chain_update(content.as_bytes())
            .finalize()
            .into())
    }

    pub(super) fn read(self) -> Result<AuditRow> {
        let cell = |column| Cell {
            table: "audit",
            column,
            row: &self.id,
        };
        let instance = self.instance.as_ref().map(|instance| instance.parse().ok());
        let details = self.details.clone().map(RawValue::from_string);
        Ok(AuditRow {
            seq: cell("seq").number(self.seq)?,
            hash: cell("hash").known(self.hash.as_slice().try_into().ok())?,
            entry: AuditEntry {
                at: Timestamp::from_millis(self.at),
                instance: match instance {
                    Some(instance) => Some(cell("instance").known(instance)?),
                    None => None,
                },
                user_id: self.user_id.map(i64::cast_unsigned),
                username: self.username,
                via: self.via,
                address: self.address,
                action: self.action,
                target: self.target,
                outcome: cell("outcome").known(AuditOutcome::from_name(&self.outcome))?,
                status: match self.status {
                    Some(status) => Some(cell("status").number(status)?),
                    None => None,
                },
                request_id: self.request_id,
                details: match details {
                    Some(details) => Some(cell("details").known(details.ok())?),
                    None => None,
                },
            },
            id: self.id.clone(),
            node: self.node,
        })
    }
}

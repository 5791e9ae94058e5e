mod export;
mod list;

use domain::{InstanceUrl, Timestamp};
use serde::Serialize;
use serde_json::value::RawValue;
use storage::AuditRow;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::openapi::Routes;

pub(super) fn routes() -> Routes {
    Routes::new().with(routes!(list::list))
}

use crate::audit::hex;

/// A row as it is shown.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    id: &'a str,
    at: Timestamp,
    gitlab_url: Option<&'a InstanceUrl>,
    user_id: Option<u64>,
    username: Option<&'a str>,
    via: Option<&'a str>,
    address: Option<&'a str>,
    action: &'a str,
    target: &'a str,
    outcome: &'static str,
    status: Option<u16>,
    request_id: Option<&'a str>,
    #[schema(value_type = Option<Object>)]
    details: Option<&'a RawValue>,
    node: &'a str,
    seq: u64,
    /// In hexadecimal, for comparing with checkpoints in the log.
    hash: String,
}

impl<'a> From<&'a AuditRow> for Shown<'a> {
    fn from(row: &'a AuditRow) -> Self {
        let entry = &row.entry;
        Self {
            id: &row.id,
            at: entry.at,
            gitlab_url: entry.instance.as_ref(),
            user_id: entry.user_id,
            username: entry.username.as_deref(),
            via: entry.via.as_deref(),
            address: entry.address.as_deref(),
            action: &entry.action,
            target: &entry.target,
            outcome: entry.outcome.name(),
            status: entry.status,
            request_id: entry.request_id.as_deref(),
            details: entry.details.as_deref(),
            node: &row.node,
            seq: row.seq,
            hash: hex(&row.hash),
        }
    }
}

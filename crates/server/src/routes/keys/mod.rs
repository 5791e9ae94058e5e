mod create;
mod list;
mod revoke;

pub(super) use create::create;
pub(super) use list::list;
pub(super) use revoke::revoke;

use domain::{KeyId, KeyScopes, Timestamp};
use serde::Serialize;
use storage::ApiKeyRecord;

/// A key as it is shown: everything but the key.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    id: KeyId,
    name: &'a str,
    scopes: KeyScopes,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
}

impl<'a> From<&'a ApiKeyRecord> for Shown<'a> {
    fn from(key: &'a ApiKeyRecord) -> Self {
        Self {
            id: key.id,
            name: &key.name,
            scopes: key.scopes,
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
        }
    }
}

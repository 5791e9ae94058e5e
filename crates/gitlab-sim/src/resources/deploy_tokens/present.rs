use serde::Serialize;

use crate::state::DeployToken;
use crate::time_text::Moment;

/// A deploy token. The token itself is there once, in the answer to its creation.
#[derive(Debug, Serialize)]
pub(super) struct DeployTokenBody {
    id: u64,
    name: String,
    username: String,
    expires_at: Option<Moment>,
    scopes: Vec<String>,
    revoked: bool,
    expired: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

impl DeployTokenBody {
    pub(super) fn of(row: &DeployToken, now: Moment) -> Self {
        Self {
            id: row.id,
            name: row.name.clone(),
            username: row.username.clone(),
            expires_at: row.expires_at,
            scopes: row.scopes.clone(),
            revoked: false,
            expired: row.is_expired(now),
            token: None,
        }
    }

    pub(super) fn with_secret(row: &DeployToken, now: Moment) -> Self {
        Self {
            token: Some(row.secret.0.clone()),
            ..Self::of(row, now)
        }
    }
}

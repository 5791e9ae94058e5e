use serde::Serialize;

use crate::state::Token;
use crate::time_text::{Day, Moment};

/// A token's record. The token itself is there once, in the answer to its creation.
#[derive(Debug, Serialize)]
pub(super) struct TokenBody<'a> {
    id: u64,
    name: &'a str,
    revoked: bool,
    created_at: Moment,
    description: Option<&'a str>,
    scopes: &'a [String],
    user_id: u64,
    last_used_at: Option<Moment>,
    last_used_ips: [&'static str; 0],
    active: bool,
    expires_at: Option<Day>,
    granular: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
}

impl<'a> TokenBody<'a> {
    pub(super) fn of(token: &'a Token, today: Day) -> Self {
        Self {
            id: token.id.0,
            name: &token.name,
            revoked: token.revoked,
            created_at: token.created_at,
            description: token.description.as_deref(),
            scopes: &token.scopes,
            user_id: token.user.0,
            last_used_at: None,
            last_used_ips: [],
            active: token.is_active(today),
            expires_at: token.expires_on,
            granular: false,
            token: None,
        }
    }

    pub(super) fn with_secret(token: &'a Token, today: Day) -> Self {
        Self {
            token: Some(&token.secret.0),
            ..Self::of(token, today)
        }
    }
}

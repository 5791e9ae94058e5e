use serde::Serialize;

use crate::access::AccessLevel;
use crate::state::{Token, TokenKind};
use crate::time_text::{Day, Moment};

/// A token's record. The token itself is there once, in the answer to its creation.
#[derive(Debug, Serialize)]
pub(in crate::resources) struct TokenBody<'a> {
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
    #[serde(skip_serializing_if = "Option::is_none")]
    granular: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    impersonation: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_level: Option<AccessLevel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
}

impl<'a> TokenBody<'a> {
    /// Of a person's token.
    pub(in crate::resources) fn of(token: &'a Token, now: Moment) -> Self {
        let impersonation = token.kind == TokenKind::Impersonation;
        Self {
            id: token.id.0,
            name: &token.name,
            revoked: token.revoked,
            created_at: token.created_at,
            description: token.description.as_deref(),
            scopes: &token.scopes,
            user_id: token.user.0,
            last_used_at: token.last_used.get(),
            last_used_ips: [],
            active: token.is_active(now),
            expires_at: token.expires_on,
            granular: (!impersonation).then_some(false),
            impersonation: impersonation.then_some(true),
            access_level: None,
            token: None,
        }
    }

    /// Of a token of a group or project, with the level its bot has there.
    pub(in crate::resources) fn at_level(token: &'a Token, level: Option<AccessLevel>, now: Moment) -> Self {
        Self {
            granular: None,
            access_level: level,
            ..Self::of(token, now)
        }
    }

    /// With what clients send.
    pub(in crate::resources) fn with_secret(self, token: &'a Token) -> Self {
        Self {
            token: Some(&token.secret.0),
            ..self
        }
    }
}

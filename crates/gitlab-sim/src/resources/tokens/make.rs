//! What a token may be allowed, how long it may live, and how it comes to be.

use std::sync::Arc;

use crate::http::Call;
use crate::ids::{TokenId, UserId};
use crate::params::Ask;
use crate::secret::{self, Kind};
use crate::state::{State, Token, TokenKind};
use crate::time_text::Day;

/// What a person's token may be allowed (GitLab API facts §1.2).
pub(in crate::resources) const SCOPES: [&str; 16] = [
    "api",
    "read_api",
    "read_user",
    "read_repository",
    "write_repository",
    "read_registry",
    "write_registry",
    "read_virtual_registry",
    "sudo",
    "admin_mode",
    "create_runner",
    "manage_runner",
    "self_rotate",
    "k8s_proxy",
    "ai_features",
    "read_service_ping",
];

/// No token lives longer, in days (GitLab API facts §7.19).
pub(in crate::resources) const MAX_LIFETIME: i64 = 365;

/// What a request says about a new token.
#[derive(Debug)]
pub(in crate::resources) struct Wanted {
    pub(in crate::resources) name: String,
    pub(in crate::resources) description: Option<String>,
    pub(in crate::resources) scopes: Vec<String>,
    pub(in crate::resources) expires_on: Option<Day>,
}

impl Wanted {
    /// Reads it; scopes that are not `allowed` are refused by the API layer.
    pub(in crate::resources) fn read(ask: &mut Ask<'_>, allowed: &[&str]) -> Self {
        let name = ask.required_text("name");
        ask.require("scopes");
        let scopes = ask.list("scopes").unwrap_or_default();
        if scopes.iter().any(|scope| !allowed.contains(&scope.as_str())) {
            ask.complain("scopes does not have a valid value");
        }
        Self {
            name,
            description: ask.filled("description"),
            scopes,
            expires_on: ask.day("expires_at").flatten(),
        }
    }

    /// What the model refuses, in a sentence.
    pub(in crate::resources) fn complaint(&self, call: &Call<'_>) -> Option<String> {
        if self.scopes.is_empty() {
            return Some("Scopes can't be blank".to_owned());
        }
        too_late(call, self.expires_on)
    }

    /// A new token of that user; without an end, it gets the longest life there is.
    pub(in crate::resources) fn make(
        self,
        call: &Call<'_>,
        state: &mut State,
        user: UserId,
        kind: TokenKind,
    ) -> Arc<Token> {
        let longest = call.now.day().plus(MAX_LIFETIME);
        let secret = secret::make(call.instance, Kind::Access, state.tokens.next_id().0);
        state.add_token(Token {
            description: self.description,
            expires_on: Some(self.expires_on.unwrap_or(longest)),
            kind,
            ..Token::new(secret, self.name, user, self.scopes, call.now)
        })
    }
}

/// What is wrong with an end that is too far away.
pub(super) fn too_late(call: &Call<'_>, expires_on: Option<Day>) -> Option<String> {
    let last = call.now.day().plus(MAX_LIFETIME);
    expires_on
        .filter(|day| *day > last)
        .map(|_| format!("Expiration date must be before {last}"))
}

/// A token that takes the place of another, which ends.
pub(super) fn replace(
    call: &Call<'_>,
    state: &mut State,
    old: &Token,
    expires_on: Option<Day>,
) -> Arc<Token> {
    /// Days; GitLab's default for a rotated token.
    const WEEK: i64 = 7;
    state.tokens.revoke(old.id);
    let secret = secret::make(call.instance, Kind::Access, state.tokens.next_id().0);
    let fresh = Token::new(secret, old.name.clone(), old.user, old.scopes.clone(), call.now);
    state.add_token(Token {
        id: TokenId(0),
        description: old.description.clone(),
        expires_on: Some(expires_on.unwrap_or_else(|| call.now.day().plus(WEEK))),
        kind: old.kind,
        family: Some(old.ancestor()),
        ..fresh
    })
}

//! Pairs of tokens, as clients get them.

use std::time::Duration;

use hyper::header::{CACHE_CONTROL, PRAGMA};
use serde::Serialize;

use crate::http::{Call, Reply};
use crate::ids::UserId;
use crate::secret::{self, Kind};
use crate::state::{Application, Pair, State, Token, TokenKind};

/// How long an access token is good.
const LIFETIME: Duration = Duration::from_hours(2);

#[derive(Debug, Serialize)]
struct PairBody<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: u64,
    refresh_token: &'a str,
    scope: String,
    created_at: i64,
}

/// A new pair for an application and a user.
pub(super) fn make(
    call: &Call<'_>,
    state: &mut State,
    application: &Application,
    user: UserId,
    scopes: Vec<String>,
) -> Pair {
    let oauth = &mut state.belongings.oauth;
    let number = oauth.number();
    let secret = |topic| secret::make(call.instance, Kind::Hex(topic), number);
    let access = Token {
        kind: TokenKind::Oauth {
            application: application.id,
            until: call.now.after(LIFETIME),
        },
        ..Token::new(
            secret("oauth access"),
            application.name.clone(),
            user,
            scopes,
            call.now,
        )
    };
    oauth.add_pair(access, secret("oauth refresh"), application.id)
}

/// The pair as an answer; the only one that ever tells it.
pub(super) fn answer(pair: &Pair) -> Reply {
    let body = PairBody {
        access_token: &pair.access.secret.0,
        token_type: "bearer",
        expires_in: LIFETIME.as_secs(),
        refresh_token: &pair.refresh.0,
        scope: pair.access.scopes.join(" "),
        created_at: pair.access.created_at.0.div_euclid(1_000),
    };
    not_kept(Reply::ok(&body)).applied()
}

/// An answer that no cache may keep.
pub(super) fn not_kept(reply: Reply) -> Reply {
    reply.header(CACHE_CONTROL, "no-store").header(PRAGMA, "no-cache")
}

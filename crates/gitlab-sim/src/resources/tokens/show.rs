use std::sync::Arc;

use super::present::TokenBody;
use crate::http::{Answer, Call, Refusal, Reply, refuse};
use crate::ids::TokenId;
use crate::state::{Token, TokenKind};

/// `GET /personal_access_tokens/self`, also for the tokens of bots. An application's token is none of these.
pub(super) fn own(call: &Call<'_>) -> Answer {
    let token = personal(call)?;
    call.admit_any()?;
    Ok(Reply::ok(&TokenBody::of(&token, call.now)))
}

/// The token of the request, if it is no application's.
pub(super) fn personal(call: &Call<'_>) -> Result<Arc<Token>, Refusal> {
    call.user()?;
    let token = call.token.clone().ok_or_else(refuse::unauthorized)?;
    if matches!(token.kind, TokenKind::Oauth { .. }) {
        return Err(refuse::bad_request_because(
            "This endpoint requires token type to be a personal access token",
        ));
    }
    Ok(token)
}

/// `GET /personal_access_tokens/:id`
pub(super) fn one(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let token = find(call)?;
    Ok(Reply::ok(&TokenBody::of(&token, call.now)))
}

/// The id of the path.
pub(super) fn id(call: &Call<'_>) -> Result<TokenId, Refusal> {
    let id = call.arg(0).parse().map(TokenId);
    id.map_err(|_| refuse::invalid("id is invalid"))
}

/// The token of the path, if it is the viewer's or the viewer is an administrator.
pub(super) fn find(call: &Call<'_>) -> Result<Arc<Token>, Refusal> {
    let id = id(call)?;
    let state = call.state();
    let found = state.tokens.get(id);
    let own = found.filter(|token| call.viewer.is_admin() || call.viewer.id() == Some(token.user));
    // Whoever may not see a token is not told that it exists.
    own.cloned().ok_or_else(|| {
        if call.viewer.is_admin() {
            refuse::row_not_found()
        } else {
            refuse::unauthorized()
        }
    })
}

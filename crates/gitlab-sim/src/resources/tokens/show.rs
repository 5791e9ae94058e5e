use std::sync::Arc;

use super::present::TokenBody;
use crate::http::{Answer, Call, Refusal, Reply, refuse};
use crate::ids::TokenId;
use crate::state::Token;

/// `GET /personal_access_tokens/self`
pub(super) fn own(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let token = call.token.as_ref().ok_or_else(refuse::unauthorized)?;
    Ok(Reply::ok(&TokenBody::of(token, call.now.day())))
}

/// `GET /personal_access_tokens/:id`
pub(super) fn one(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let token = find(call)?;
    Ok(Reply::ok(&TokenBody::of(&token, call.now.day())))
}

/// The token of the path, if it is the viewer's or the viewer is an administrator.
pub(super) fn find(call: &Call<'_>) -> Result<Arc<Token>, Refusal> {
    let id = call
        .arg(0)
        .parse()
        .map_err(|_| refuse::invalid("id is invalid"))?;
    let state = call.state();
    let found = state.tokens.get(TokenId(id));
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

use std::sync::Arc;

use super::show;
use crate::http::{Answer, Call, Reply, refuse};
use crate::state::Token;

/// `DELETE /personal_access_tokens/self`
pub(super) fn own(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let token = call.token.clone().ok_or_else(refuse::unauthorized)?;
    Ok(revoke(call, &token))
}

/// `DELETE /personal_access_tokens/:id`
pub(super) fn one(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let token = show::find(call)?;
    Ok(revoke(call, &token))
}

fn revoke(call: &Call<'_>, token: &Token) -> Reply {
    let changed = !token.revoked;
    call.change().tokens.put(Arc::new(Token {
        revoked: true,
        ..token.clone()
    }));
    Reply::no_content().applied_if(changed)
}

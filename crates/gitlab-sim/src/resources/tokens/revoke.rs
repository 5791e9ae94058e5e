use super::show;
use crate::http::{Answer, Call, Reply, refuse};
use crate::state::Token;

/// `DELETE /personal_access_tokens/self`
pub(super) fn own(call: &Call<'_>) -> Answer {
    let token = show::personal(call)?;
    call.admit_any()?;
    Ok(revoke(call, &token))
}

/// `DELETE /personal_access_tokens/:id`. Someone else's is refused without a reason.
pub(super) fn one(call: &Call<'_>) -> Answer {
    let viewer = call.user()?;
    call.admit_any()?;
    let id = show::id(call)?;
    let found = call.state().tokens.get(id).cloned();
    let token = found.ok_or_else(refuse::row_not_found)?;
    if !viewer.admin && token.user != viewer.id {
        return Err(refuse::bad_request("400 Bad request"));
    }
    Ok(revoke(call, &token))
}

fn revoke(call: &Call<'_>, token: &Token) -> Reply {
    let changed = !token.revoked;
    call.change().tokens.revoke(token.id);
    Reply::no_content().applied_if(changed)
}

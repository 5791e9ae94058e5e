use std::sync::Arc;

use hyper::StatusCode;

use super::make;
use super::present::TokenBody;
use super::show;
use crate::http::{Answer, Call, Refusal, Reply, refuse};
use crate::state::{Token, UserKind};
use crate::time_text::Day;

/// `POST /personal_access_tokens/self/rotate`. The tokens of groups and projects have calls of their own.
pub(super) fn own(call: &Call<'_>) -> Answer {
    let token = show::personal(call)?;
    let expires_on = read(call)?;
    if is_of_a_bot(call, &token) {
        return Err(wrong_kind());
    }
    let fresh = rotate(call, &token, expires_on)?;
    Ok(Reply::ok(&TokenBody::of(&fresh, call.now).with_secret(&fresh)).applied())
}

/// `POST /personal_access_tokens/:id/rotate`
pub(super) fn one(call: &Call<'_>) -> Answer {
    call.user()?;
    let expires_on = read(call)?;
    let token = show::find(call)?;
    let fresh = rotate(call, &token, expires_on)?;
    Ok(Reply::ok(&TokenBody::of(&fresh, call.now).with_secret(&fresh)).applied())
}

/// The only parameter there is.
pub(in crate::resources) fn read(call: &Call<'_>) -> Result<Option<Day>, Refusal> {
    let mut ask = call.ask();
    let expires_on = ask.day("expires_at").flatten();
    call.admit(ask)?;
    Ok(expires_on)
}

/// A token of the other kind than the call is for.
pub(in crate::resources) fn wrong_kind() -> Refusal {
    refuse::message(StatusCode::METHOD_NOT_ALLOWED, "405 Method Not Allowed")
}

/// Puts a new token in the place of an old one. Whoever tries that with a token that was replaced before has stolen
/// it, or it was stolen: the whole family ends (GitLab API facts §7.19).
pub(in crate::resources) fn rotate(
    call: &Call<'_>,
    token: &Token,
    expires_on: Option<Day>,
) -> Result<Arc<Token>, Refusal> {
    let mut state = call.change();
    // What was found without the lock may have been replaced since.
    let revoked = state.tokens.get(token.id).is_none_or(|token| token.revoked);
    if revoked {
        state.tokens.revoke_family(token);
        return Err(refuse::bad_request_because("Token already revoked"));
    }
    if let Some(complaint) = make::too_late(call, expires_on) {
        return Err(refuse::bad_request_because(&complaint));
    }
    Ok(make::replace(call, &mut state, token, expires_on))
}

fn is_of_a_bot(call: &Call<'_>, token: &Token) -> bool {
    let state = call.state();
    let user = state.users.get(token.user);
    user.is_some_and(|user| matches!(user.kind, UserKind::TokenBot(_)))
}

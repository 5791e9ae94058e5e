use super::{manages, not_found};
use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;
use crate::state::Work;

/// `DELETE /{groups,projects}/:id/access_tokens/:token_id`. The bot stays a member until a worker removes it.
pub(super) fn revoke(call: &Call<'_>) -> Answer {
    let viewer = call.user()?;
    call.admit_any()?;
    let mut state = call.change();
    let source = find::source(call, &state)?;
    let token = super::find(call, &state, source).ok_or_else(|| not_found(source))?;
    if !manages(call, &state, source) {
        let bot = state.users.get(token.user);
        let bot = bot.map(|user| user.name.clone()).unwrap_or_default();
        let text = format!("{} cannot delete {bot}", viewer.name);
        return Err(refuse::bad_request_because(&text));
    }
    state.tokens.revoke(token.id);
    let work = Work::RemoveUser {
        user: token.user,
        hard: false,
    };
    call.later(&mut state, work);
    Ok(Reply::no_content().applied_if(!token.revoked))
}

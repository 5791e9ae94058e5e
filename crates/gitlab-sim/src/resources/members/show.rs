use super::present::{MemberBody, Shown};
use super::source;
use crate::http::{Answer, Call, Refusal, Reply, refuse};
use crate::ids::UserId;
use crate::resources::find;

/// `GET /{groups,projects}/:id/members/:user_id`: 404 for a member who only inherits.
pub(super) fn direct(call: &Call<'_>) -> Answer {
    call.user()?;
    let user = user_id(call)?;
    call.admit_any()?;
    let body = {
        let state = call.state();
        let source = find::source(call, &state)?;
        let member = state
            .members
            .get(source, user)
            .filter(|member| member.is_active(call.now.day()));
        let shown = Shown::at(call, &state, source, false);
        member.and_then(|member| MemberBody::of(call, &state, member, shown))
    };
    Ok(Reply::ok(&body.ok_or_else(refuse::row_not_found)?))
}

/// `GET /{groups,projects}/:id/members/all/:user_id`: the level that counts, wherever it comes from.
pub(super) fn effective(call: &Call<'_>) -> Answer {
    call.user()?;
    let user = user_id(call)?;
    call.admit_any()?;
    let body = {
        let state = call.state();
        let source = find::source(call, &state)?;
        let member = source::effective_of(call, &state, source, user);
        let shown = Shown::at(call, &state, source, false);
        member.and_then(|member| MemberBody::of(call, &state, &member, shown))
    };
    Ok(Reply::ok(&body.ok_or_else(refuse::row_not_found)?))
}

/// The last parameter of the route as a user's id.
pub(super) fn user_id(call: &Call<'_>) -> Result<UserId, Refusal> {
    call.arg(1)
        .parse()
        .map(UserId)
        .map_err(|_| refuse::invalid("user_id is invalid"))
}

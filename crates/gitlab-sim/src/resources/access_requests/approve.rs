use super::of_path;
use crate::access::AccessLevel;
use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;
use crate::resources::members::present::{MemberBody, Shown};
use crate::resources::members::rules;

/// `PUT /{groups,projects}/:id/access_requests/:user_id/approve`: 201, with the membership; a developer's unless said
/// otherwise.
pub(super) fn approve(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let level = ask
        .integer("access_level")
        .unwrap_or_else(|| AccessLevel::Developer.number().into());
    call.admit(ask)?;
    let body = {
        let mut state = call.change();
        let source = find::source(call, &state)?;
        let request = of_path(call, &state, source)?;
        rules::may_manage(call, &state, source, AccessLevel::from_number(level))?;
        if rules::follows_ldap(call, &state, source) {
            return Err(refuse::forbidden());
        }
        rules::put(call, &mut state, source, request.user, level, None)
            .map_err(|complaints| refuse::complaints(&complaints))?;
        let shown = Shown::at(call, &state, source, false);
        let member = state.members.get(source, request.user);
        member.and_then(|member| MemberBody::of(call, &state, member, shown))
    };
    Ok(Reply::created(&body).applied())
}

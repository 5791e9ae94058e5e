use super::present::{MemberBody, Shown};
use super::{rules, show};
use crate::access::AccessLevel;
use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;

/// `PUT /{groups,projects}/:id/members/:user_id`: direct members only.
pub(super) fn update(call: &Call<'_>) -> Answer {
    call.user()?;
    let user = show::user_id(call)?;
    let mut ask = call.ask();
    ask.require("access_level");
    let level = ask.integer("access_level").unwrap_or(-1);
    let expires_on = ask.day("expires_at");
    ask.ignored(&["member_role_id"]);
    call.admit(ask)?;

    let (body, changed) = {
        let mut state = call.change();
        let source = find::source(call, &state)?;
        let old = state
            .members
            .get(source, user)
            .cloned()
            .ok_or_else(refuse::row_not_found)?;
        rules::may_manage(
            call,
            &state,
            source,
            Some(old.level).max(AccessLevel::from_number(level)),
        )?;
        if !old.overridden && rules::comes_from_ldap(call, &state, source, user) {
            return Err(refuse::forbidden());
        }
        let expires_on = expires_on.unwrap_or(old.expires_on);
        let level = rules::check(call, &state, source, user, level, expires_on)
            .map_err(|complaints| refuse::complaints(&complaints))?;
        if level < AccessLevel::Owner && super::remove::is_last_owner(call, &state, &old) {
            return Err(refuse::forbidden());
        }
        let changed = level != old.level || expires_on != old.expires_on;
        let member = state.set_member(source, user, level, expires_on, call.viewer.id(), call.now);
        let shown = Shown::at(call, &state, source, false);
        (MemberBody::of(call, &state, &member, shown), changed)
    };
    Ok(Reply::ok(&body.ok_or_else(refuse::row_not_found)?).applied_if(changed))
}

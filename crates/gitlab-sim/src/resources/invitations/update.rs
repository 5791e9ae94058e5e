use std::sync::Arc;

use super::present::InvitationBody;
use super::{LEVELS, managed, of_email};
use crate::access::AccessLevel;
use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;
use crate::resources::members::rules;
use crate::state::Invitation;

/// `PUT /{groups,projects}/:id/invitations/:email`
pub(super) fn update(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let level = ask.number_of("access_level", &LEVELS);
    let expires_on = ask.day("expires_at");
    ask.ignored(&["member_role_id"]);
    call.admit(ask)?;
    let (body, changed) = {
        let mut state = call.change();
        let source = find::source(call, &state)?;
        managed(call, &state, source)?;
        let old = of_email(&state, source, call.arg(1))?;
        if level.is_none() && expires_on.is_none() {
            return Err(refuse::bad_request("400 Bad request"));
        }
        let level = level.and_then(AccessLevel::from_number).unwrap_or(old.level);
        rules::may_manage(call, &state, source, Some(level.max(old.level)))?;
        let expires_on = expires_on.unwrap_or(old.expires_on);
        if expires_on.is_some_and(|day| day < call.now.day()) {
            return Err(refuse::field("expires_at", "cannot be a date in the past"));
        }
        let row = Arc::new(Invitation {
            level,
            expires_on,
            ..Invitation::clone(&old)
        });
        let body = InvitationBody::of(call, &state, &row);
        let changed = row != old;
        state.belongings.invitations.put(source, old.id, row);
        (body, changed)
    };
    Ok(Reply::ok(&body).applied_if(changed))
}

use std::sync::Arc;

use hyper::StatusCode;

use super::present::{MemberBody, Shown};
use super::{rules, show};
use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;
use crate::state::Member;

/// `POST /groups/:id/members/:user_id/override`: from now on the level set here counts, not the directory's.
pub(super) fn overrule(call: &Call<'_>) -> Answer {
    set(call, true, StatusCode::CREATED)
}

/// `DELETE /groups/:id/members/:user_id/override`
pub(super) fn follow(call: &Call<'_>) -> Answer {
    set(call, false, StatusCode::OK)
}

/// Owners and administrators decide, about direct members who come from the directory.
fn set(call: &Call<'_>, overridden: bool, status: StatusCode) -> Answer {
    call.user()?;
    let user = show::user_id(call)?;
    call.admit_any()?;
    let (body, changed) = {
        let mut state = call.change();
        let source = find::source(call, &state)?;
        let old = state
            .members
            .get(source, user)
            .cloned()
            .ok_or_else(refuse::row_not_found)?;
        rules::may_manage(call, &state, source, Some(old.level))?;
        if !rules::comes_from_ldap(call, &state, source, user) {
            return Err(refuse::forbidden());
        }
        let member = Arc::new(Member {
            overridden,
            ..Member::clone(&old)
        });
        state.members.put(Arc::clone(&member));
        let shown = Shown::at(call, &state, source, false);
        (
            MemberBody::of(call, &state, &member, shown),
            old.overridden != overridden,
        )
    };
    Ok(Reply::json(status, &body.ok_or_else(refuse::row_not_found)?).applied_if(changed))
}

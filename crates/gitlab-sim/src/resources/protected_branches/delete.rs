use super::source;
use crate::http::{Answer, Call, Reply};

/// `DELETE /{projects,groups}/:id/protected_branches/:name`: the branch itself stays.
pub(super) fn delete(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let mut state = call.change();
    let place = source::of_path(call, &state)?;
    let rule = place.own(call, &state, call.arg(1))?;
    state.belongings.protected_branches.remove(place.source, rule.id);
    Ok(Reply::no_content().applied())
}

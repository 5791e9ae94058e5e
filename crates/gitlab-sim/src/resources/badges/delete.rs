use super::Find;
use crate::http::{Answer, Call, Reply};

/// Removes a badge.
pub(super) fn delete(call: &Call<'_>, find: Find) -> Answer {
    call.user()?;
    call.admit_any()?;
    let mut state = call.change();
    let place = find(call, &state)?.authorise(call, &state)?;
    let badge = place.own_badge(call, &state)?;
    state.belongings.badges.remove(place.source, badge.id);
    Ok(Reply::no_content().applied())
}

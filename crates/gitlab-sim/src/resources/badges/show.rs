use super::Find;
use super::present::BadgeBody;
use crate::http::{Answer, Call, Reply};

/// One badge.
pub(super) fn show(call: &Call<'_>, find: Find) -> Answer {
    call.admit_any()?;
    let state = call.state();
    let place = find(call, &state)?;
    let (source, badge) = place.badge(call, &state)?;
    Ok(Reply::ok(&BadgeBody::of(call, &state, &place, source, &badge)))
}

use super::{Find, attributes_of, holder};
use crate::http::{Answer, Call, Reply};

/// All attributes, on one page.
pub(super) fn list(call: &Call<'_>, find: Find) -> Answer {
    call.user()?;
    call.admit_any()?;
    let rows = {
        let state = call.state();
        attributes_of(&state, holder(call, &state, find)?)
    };
    Ok(Reply::ok(&rows))
}

use super::{Find, holder};
use crate::http::{Answer, Call, Reply, refuse};

/// Takes one attribute away.
pub(super) fn remove(call: &Call<'_>, find: Find) -> Answer {
    call.user()?;
    call.admit_any()?;
    let mut state = call.change();
    let holder = holder(call, &state, find)?;
    let attributes = &mut state.belongings.custom_attributes;
    let attribute = attributes.named(holder, call.arg(1));
    let id = attribute.ok_or_else(refuse::row_not_found)?.id;
    attributes.remove(holder, id);
    Ok(Reply::no_content().applied())
}

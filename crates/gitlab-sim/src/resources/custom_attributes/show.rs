use super::present::AttributeBody;
use super::{Find, holder};
use crate::http::{Answer, Call, Reply, refuse};

/// One attribute.
pub(super) fn show(call: &Call<'_>, find: Find) -> Answer {
    call.user()?;
    call.admit_any()?;
    let state = call.state();
    let holder = holder(call, &state, find)?;
    let attribute = state.belongings.custom_attributes.named(holder, call.arg(1));
    let body = AttributeBody::of(attribute.ok_or_else(refuse::row_not_found)?);
    Ok(Reply::ok(&body))
}

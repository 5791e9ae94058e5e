use super::{managed, of_email};
use crate::http::{Answer, Call, Reply};
use crate::resources::find;

/// `DELETE /{groups,projects}/:id/invitations/:email`
pub(super) fn remove(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let mut state = call.change();
    let source = find::source(call, &state)?;
    managed(call, &state, source)?;
    let row = of_email(&state, source, call.arg(1))?;
    state.belongings.invitations.remove(source, row.id);
    Ok(Reply::no_content().applied())
}

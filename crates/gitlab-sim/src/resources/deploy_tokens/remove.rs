use super::may_change;
use crate::http::{Answer, Call, Reply};
use crate::resources::find;

/// `DELETE /{groups,projects}/:id/deploy_tokens/:token_id`
pub(super) fn remove(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let mut state = call.change();
    let source = find::source(call, &state)?;
    may_change(call, &state, source)?;
    let row = super::find(call, &state, source)?;
    state.belongings.deploy_tokens.remove(source, row.id);
    Ok(Reply::no_content().applied())
}

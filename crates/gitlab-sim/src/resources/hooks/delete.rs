use super::owner;
use crate::http::{Answer, Call, Reply};

/// `DELETE …/hooks/:hook_id`. What it was told goes with it.
pub(super) fn delete(call: &Call<'_>) -> Answer {
    owner::of_path(call, &call.state())?;
    call.admit_any()?;
    let mut state = call.change();
    let owner = owner::of_path(call, &state)?;
    let hook = owner::hook(call, &state, owner)?;
    state.belongings.remove_hook(owner, hook.id);
    Ok(Reply::no_content().applied())
}

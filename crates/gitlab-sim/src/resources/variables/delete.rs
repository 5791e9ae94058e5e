use super::owner;
use crate::http::{Answer, Call, Reply};

/// `DELETE …/variables/:key`
pub(super) fn delete(call: &Call<'_>) -> Answer {
    owner::of_path(call, &call.state())?;
    let mut ask = call.ask();
    let scope = owner::wanted_scope(&mut ask);
    call.admit(ask)?;
    let mut state = call.change();
    let owner = owner::of_path(call, &state)?;
    let variable = owner::find(call, &state, owner, scope.as_deref())?;
    state.belongings.variables.remove(owner, variable.id);
    Ok(Reply::no_content().applied())
}

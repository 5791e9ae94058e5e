use std::sync::Arc;

use super::present::HookView;
use super::{owner, wanted};
use crate::http::{Answer, Call, Reply, refuse};
use crate::state::Hook;

/// `PUT …/hooks/:hook_id`
pub(super) fn update(call: &Call<'_>) -> Answer {
    let owner = owner::of_path(call, &call.state())?;
    let mut ask = call.ask();
    let wanted = wanted::read(&mut ask, owner);
    call.admit(ask)?;

    let (view, changed) = {
        let mut state = call.change();
        let owner = owner::of_path(call, &state)?;
        let old = owner::hook(call, &state, owner)?;
        if wanted.is_empty {
            return Err(refuse::invalid("No parameters provided"));
        }
        let mut new = Hook::clone(&old);
        wanted.apply(&mut new);
        wanted::check(&state, owner, &new)?;
        let changed = new != *old;
        let new = Arc::new(new);
        state.belongings.hooks.put(owner, new.id, Arc::clone(&new));
        (HookView::of(owner, &new, call.now), changed)
    };
    Ok(Reply::ok(&view).applied_if(changed))
}

use super::owner;
use super::present::HookView;
use crate::http::{Answer, Call, Reply};

/// `GET …/hooks/:hook_id`
pub(super) fn show(call: &Call<'_>) -> Answer {
    let view = {
        let state = call.state();
        let owner = owner::of_path(call, &state)?;
        call.admit_any()?;
        HookView::of(owner, &owner::hook(call, &state, owner)?, call.now)
    };
    Ok(Reply::ok(&view))
}

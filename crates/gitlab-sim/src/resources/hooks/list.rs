use super::owner;
use super::present::HookView;
use crate::http::{Answer, Call, Offset};

/// `GET …/hooks`
pub(super) fn list(call: &Call<'_>) -> Answer {
    owner::of_path(call, &call.state())?;
    let mut ask = call.ask();
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let owner = owner::of_path(call, &state)?;
        let hooks = &state.belongings.hooks;
        offset
            .cut_of(hooks.of(owner), hooks.count(owner))
            .map(|hook| Some(HookView::row(owner, hook, call.now)))
    };
    Ok(page.reply(call))
}

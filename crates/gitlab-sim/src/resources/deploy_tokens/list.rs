use super::may_look;
use super::present::DeployTokenBody;
use crate::http::{Answer, Call, Offset, Reply};
use crate::resources::find;
use crate::state::DeployToken;

/// `GET /deploy_tokens`, by an administrator.
pub(super) fn everywhere(call: &Call<'_>) -> Answer {
    call.administrator()?;
    let mut ask = call.ask();
    let active = ask.flag("active");
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let rows = state.belongings.deploy_tokens.iter().map(|(_, row)| row);
        let page = offset.cut(rows.filter(|row| matches(call, active, row)));
        page.map(|row| Some(DeployTokenBody::of(row, call.now)))
    };
    Ok(page.reply(call))
}

/// `GET /{groups,projects}/:id/deploy_tokens`
pub(super) fn list(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let active = ask.flag("active");
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let source = find::source(call, &state)?;
        may_look(call, &state, source)?;
        let rows = state.belongings.deploy_tokens.of(source);
        let page = offset.cut(rows.filter(|row| matches(call, active, row)));
        page.map(|row| Some(DeployTokenBody::of(row, call.now)))
    };
    Ok(page.reply(call))
}

/// `GET /{groups,projects}/:id/deploy_tokens/:token_id`
pub(super) fn show(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let state = call.state();
    let source = find::source(call, &state)?;
    may_look(call, &state, source)?;
    let row = super::find(call, &state, source)?;
    Ok(Reply::ok(&DeployTokenBody::of(&row, call.now)))
}

fn matches(call: &Call<'_>, active: Option<bool>, row: &DeployToken) -> bool {
    active.is_none_or(|active| active != row.is_expired(call.now))
}

use super::owner;
use super::present::VariableBody;
use crate::http::{Answer, Call, Offset};

/// `GET …/variables`
pub(super) fn list(call: &Call<'_>) -> Answer {
    owner::of_path(call, &call.state())?;
    let mut ask = call.ask();
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let owner = owner::of_path(call, &state)?;
        let variables = &state.belongings.variables;
        offset
            .cut_of(variables.of(owner), variables.count(owner))
            .map(|variable| Some(VariableBody::of(owner, variable)))
    };
    Ok(page.reply(call))
}

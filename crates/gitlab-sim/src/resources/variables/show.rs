use super::owner;
use super::present::VariableBody;
use crate::http::{Answer, Call, Reply};

/// `GET …/variables/:key`
pub(super) fn show(call: &Call<'_>) -> Answer {
    owner::of_path(call, &call.state())?;
    let mut ask = call.ask();
    let scope = owner::wanted_scope(&mut ask);
    call.admit(ask)?;
    let body = {
        let state = call.state();
        let owner = owner::of_path(call, &state)?;
        VariableBody::of(owner, &*owner::find(call, &state, owner, scope.as_deref())?)
    };
    Ok(Reply::ok(&body))
}

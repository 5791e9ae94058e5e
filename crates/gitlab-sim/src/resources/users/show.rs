use super::present::UserBody;
use crate::http::{Answer, Call, Reply};
use crate::resources::find;

/// `GET /user`
pub(super) fn current(call: &Call<'_>) -> Answer {
    let user = call.user()?;
    call.admit_any()?;
    let body = UserBody::everything(call, &call.state(), user);
    Ok(Reply::ok(&body))
}

/// `GET /users/:id`
pub(super) fn one(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    ask.ignored(&["with_custom_attributes"]);
    call.admit(ask)?;
    let body = {
        let state = call.state();
        let user = find::user(&state, call.arg(0))?;
        UserBody::profile(call, &state, &user)
    };
    Ok(Reply::ok(&body))
}

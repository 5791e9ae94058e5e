use super::present::UserBody;
use crate::http::{Answer, Call, Reply, refuse};
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
    if call.viewer.user().is_none() {
        return Err(refuse::forbidden_because("Not authorized!"));
    }
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

use std::sync::Arc;

use super::list::{self, Scope, Wanted};
use crate::http::{Answer, Call, Refusal, refuse};
use crate::ids::UserId;
use crate::state::User;

/// `GET /users/:id/projects`: those in the user's own namespace. Here a name does, too.
pub(super) fn of_user(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let wanted = Wanted::read(&mut ask);
    call.admit(ask)?;
    let user = find(call)?;
    list::answer(call, &wanted, &Scope::In(user.namespace))
}

/// The user of that id or name.
pub(super) fn find(call: &Call<'_>) -> Result<Arc<User>, Refusal> {
    let state = call.state();
    let user = match call.arg(0).parse() {
        Ok(id) => state.users.get(UserId(id)),
        Err(_) => state.users.by_username(call.arg(0)),
    };
    user.cloned().ok_or_else(|| refuse::not_found("User"))
}

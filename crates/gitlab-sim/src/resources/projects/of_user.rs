use super::list::{self, Scope, Wanted};
use crate::http::{Answer, Call, refuse};
use crate::ids::UserId;

/// `GET /users/:id/projects`: those in the user's own namespace. Here a name does, too.
pub(super) fn of_user(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let wanted = Wanted::read(&mut ask);
    call.admit(ask)?;
    let namespace = {
        let state = call.state();
        match call.arg(0).parse() {
            Ok(id) => state.users.get(UserId(id)).map(|user| user.namespace),
            Err(_) => state.users.by_username(call.arg(0)).map(|user| user.namespace),
        }
    };
    let namespace = namespace.ok_or_else(|| refuse::not_found("User"))?;
    list::answer(call, &wanted, Scope::In(namespace))
}

use std::sync::Arc;

use serde_json::{Value, json};

use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;
use crate::state::{User, UserState};

/// `POST /users/:id/block`. Doing it again answers null.
pub(super) fn block(call: &Call<'_>) -> Answer {
    turn(call, UserState::Active, UserState::Blocked, |state| {
        (state == UserState::Blocked).then_some(Value::Null)
    })
}

/// `POST /users/:id/unblock`. For someone who is not blocked it answers false.
pub(super) fn unblock(call: &Call<'_>) -> Answer {
    turn(call, UserState::Blocked, UserState::Active, |state| {
        (state == UserState::Active).then_some(json!(false))
    })
}

/// `POST /users/:id/ban`
pub(super) fn ban(call: &Call<'_>) -> Answer {
    turn(call, UserState::Active, UserState::Banned, |_| None)
}

/// `POST /users/:id/unban`
pub(super) fn unban(call: &Call<'_>) -> Answer {
    turn(call, UserState::Banned, UserState::Active, |_| None)
}

/// `POST /users/:id/deactivate`
pub(super) fn deactivate(call: &Call<'_>) -> Answer {
    turn(call, UserState::Active, UserState::Deactivated, |_| None)
}

/// `POST /users/:id/activate`
pub(super) fn activate(call: &Call<'_>) -> Answer {
    turn(call, UserState::Deactivated, UserState::Active, |_| None)
}

/// From one state to another. From any third, what `otherwise` says, or 403.
fn turn(
    call: &Call<'_>,
    from: UserState,
    to: UserState,
    otherwise: fn(UserState) -> Option<Value>,
) -> Answer {
    call.administrator()?;
    call.admit_any()?;
    let mut state = call.change();
    let user = find::user(&state, call.arg(0))?;
    if user.state != from {
        let answer = otherwise(user.state).ok_or_else(refuse::forbidden)?;
        return Ok(Reply::created(&answer));
    }
    state.users.put(Arc::new(User {
        state: to,
        ..User::clone(&user)
    }));
    Ok(Reply::created(&true).applied())
}

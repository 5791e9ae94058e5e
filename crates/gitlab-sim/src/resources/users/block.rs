use std::sync::Arc;

use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;
use crate::state::{User, UserState};

/// `POST /users/:id/block`
pub(super) fn block(call: &Call<'_>) -> Answer {
    turn(call, UserState::Active, UserState::Blocked)
}

/// `POST /users/:id/unblock`
pub(super) fn unblock(call: &Call<'_>) -> Answer {
    turn(call, UserState::Blocked, UserState::Active)
}

/// `POST /users/:id/ban`
pub(super) fn ban(call: &Call<'_>) -> Answer {
    turn(call, UserState::Active, UserState::Banned)
}

/// `POST /users/:id/unban`
pub(super) fn unban(call: &Call<'_>) -> Answer {
    turn(call, UserState::Banned, UserState::Active)
}

/// `POST /users/:id/deactivate`
pub(super) fn deactivate(call: &Call<'_>) -> Answer {
    turn(call, UserState::Active, UserState::Deactivated)
}

/// `POST /users/:id/activate`
pub(super) fn activate(call: &Call<'_>) -> Answer {
    turn(call, UserState::Deactivated, UserState::Active)
}

/// From one state to another; 403 from any third.
fn turn(call: &Call<'_>, from: UserState, to: UserState) -> Answer {
    call.administrator()?;
    call.admit_any()?;
    let mut state = call.change();
    let user = find::user(&state, call.arg(0))?;
    if user.state != from {
        return Err(refuse::forbidden());
    }
    state.users.put(Arc::new(User {
        state: to,
        ..User::clone(&user)
    }));
    Ok(Reply::created(&true).applied())
}

use std::sync::Arc;

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::http::{Answer, Call, Refusal, Reply, refuse};
use crate::resources::find;
use crate::state::{User, UserState};

/// What a call makes of someone's state.
enum Turn {
    To(UserState),
    /// Nothing is to be done, and this is said about it.
    Nothing(Value),
    Refused(Refusal),
}

/// `POST /users/:id/block`. Doing it again answers null.
pub(super) fn block(call: &Call<'_>) -> Answer {
    let administrator = call.administrator()?.id;
    turn(call, |user| match user.state {
        _ if user.id == administrator => Turn::Refused(refuse::forbidden_because(
            "The API initiating user cannot be blocked by the API",
        )),
        UserState::Blocked | UserState::Banned => Turn::Nothing(Value::Null),
        UserState::Active | UserState::Deactivated => Turn::To(UserState::Blocked),
    })
}

/// `POST /users/:id/unblock`. For someone who is not blocked it answers false.
pub(super) fn unblock(call: &Call<'_>) -> Answer {
    turn(call, |user| match user.state {
        UserState::Blocked => Turn::To(UserState::Active),
        UserState::Deactivated => Turn::Refused(refuse::forbidden_because(
            "Deactivated users cannot be unblocked by the API",
        )),
        UserState::Active | UserState::Banned => Turn::Nothing(json!(false)),
    })
}

/// `POST /users/:id/ban`
pub(super) fn ban(call: &Call<'_>) -> Answer {
    turn(call, |user| match user.state {
        UserState::Active => Turn::To(UserState::Banned),
        state => Turn::Refused(cannot("ban", state)),
    })
}

/// `POST /users/:id/unban`
pub(super) fn unban(call: &Call<'_>) -> Answer {
    turn(call, |user| match user.state {
        UserState::Banned => Turn::To(UserState::Active),
        state => Turn::Refused(cannot("unban", state)),
    })
}

/// `POST /users/:id/deactivate`. Doing it again answers null.
pub(super) fn deactivate(call: &Call<'_>) -> Answer {
    turn(call, |user| match user.state {
        UserState::Active => Turn::To(UserState::Deactivated),
        UserState::Deactivated => Turn::Nothing(Value::Null),
        UserState::Blocked | UserState::Banned => Turn::Refused(refuse::message(
            StatusCode::FORBIDDEN,
            "Error occurred. A blocked user cannot be deactivated",
        )),
    })
}

/// `POST /users/:id/activate`. For someone who is active it answers false.
pub(super) fn activate(call: &Call<'_>) -> Answer {
    turn(call, |user| match user.state {
        UserState::Deactivated => Turn::To(UserState::Active),
        UserState::Active => Turn::Nothing(json!(false)),
        UserState::Blocked | UserState::Banned => Turn::Refused(refuse::forbidden_because(
            "A blocked user must be unblocked to be activated",
        )),
    })
}

fn cannot(what: &str, state: UserState) -> Refusal {
    let text = format!("You cannot {what} {} users.", state.as_str());
    refuse::message(StatusCode::FORBIDDEN, &text)
}

fn turn(call: &Call<'_>, decide: impl FnOnce(&User) -> Turn) -> Answer {
    call.administrator()?;
    call.admit_any()?;
    let mut state = call.change();
    let user = find::user(&state, call.arg(0))?;
    match decide(&user) {
        Turn::Refused(refusal) => Err(refusal),
        Turn::Nothing(answer) => Ok(Reply::created(&answer)),
        Turn::To(to) => {
            state.users.put(Arc::new(User {
                state: to,
                ..User::clone(&user)
            }));
            Ok(Reply::created(&true).applied())
        }
    }
}

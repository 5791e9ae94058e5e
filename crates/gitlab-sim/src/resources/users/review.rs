//! What becomes of sign-ups that wait for an administrator. Nobody can sign up here, so nobody ever waits.

use hyper::StatusCode;

use crate::http::{Answer, Call, Refusal, refuse};
use crate::resources::find;

/// `POST /users/:id/approve`
pub(super) fn approve(call: &Call<'_>) -> Answer {
    review(call, "You are not allowed to approve a user")?;
    Err(refuse::message(
        StatusCode::CONFLICT,
        "The user you are trying to approve is not pending approval",
    ))
}

/// `POST /users/:id/reject`
pub(super) fn reject(call: &Call<'_>) -> Answer {
    review(call, "You are not allowed to reject a user")?;
    Err(refuse::message(
        StatusCode::CONFLICT,
        "User does not have a pending request",
    ))
}

fn review(call: &Call<'_>, not_allowed: &str) -> Result<(), Refusal> {
    let viewer = call.user()?;
    call.admit_any()?;
    find::user(&call.state(), call.arg(0))?;
    if viewer.admin {
        Ok(())
    } else {
        Err(refuse::message(StatusCode::FORBIDDEN, not_allowed))
    }
}

use std::sync::Arc;

use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;
use crate::state::User;

/// `DELETE /users/:id/identities/:provider`, by an administrator.
pub(super) fn remove(call: &Call<'_>) -> Answer {
    call.administrator()?;
    call.admit_any()?;
    let mut state = call.change();
    let mut user = User::clone(&*find::user(&state, call.arg(0))?);
    let before = user.profile().identities.len();
    user.profile_mut()
        .identities
        .retain(|identity| identity.provider != call.arg(1));
    if user.profile().identities.len() == before {
        return Err(refuse::not_found("Identity"));
    }
    state.users.put(Arc::new(user));
    Ok(Reply::no_content().applied())
}

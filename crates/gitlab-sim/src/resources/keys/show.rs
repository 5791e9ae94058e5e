use std::sync::Arc;

use super::present::KeyBody;
use crate::http::{Answer, Call, Refusal, Reply, refuse};
use crate::ids::UserId;
use crate::resources::find;
use crate::state::{Key, KeyOwner, State};

/// `GET /user/keys/:key_id`
pub(super) fn own(call: &Call<'_>) -> Answer {
    let user = call.user()?;
    call.admit_any()?;
    let key = one(&call.state(), user.id, call.arg(0))?;
    Ok(Reply::ok(&KeyBody::of(call, &key, user)))
}

/// `GET /users/:id/keys/:key_id`, for everyone.
pub(super) fn of_user(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    let (user, key) = {
        let state = call.state();
        let user = find::user_or_name(&state, call.arg(0))?;
        let key = one(&state, user.id, call.arg(1))?;
        (user, key)
    };
    Ok(Reply::ok(&KeyBody::of(call, &key, &user)))
}

/// A user's key by its id.
pub(super) fn one(state: &State, user: UserId, id: &str) -> Result<Arc<Key>, Refusal> {
    let keys = &state.belongings.keys;
    let found = id.parse().ok().and_then(|id| keys.get(KeyOwner::User(user), id));
    found.cloned().ok_or_else(|| refuse::not_found("Key"))
}

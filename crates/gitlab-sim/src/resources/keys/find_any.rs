//! Whose key that is, for administrators.

use std::sync::Arc;

use super::blob;
use super::present::KeyWithUser;
use crate::http::{Answer, Call, Reply, refuse};
use crate::state::{Key, KeyOwner, State};

/// `GET /keys/:id`: also deploy keys, which share the ids.
pub(super) fn by_id(call: &Call<'_>) -> Answer {
    call.administrator()?;
    call.admit_any()?;
    let state = call.state();
    let found = call
        .arg(0)
        .parse()
        .ok()
        .and_then(|id| state.belongings.keys.find(id));
    answer(call, &state, found)
}

/// `GET /keys?fingerprint=`
pub(super) fn by_fingerprint(call: &Call<'_>) -> Answer {
    call.administrator()?;
    let mut ask = call.ask();
    let fingerprint = ask.required_text("fingerprint");
    call.admit(ask)?;
    if !blob::is_fingerprint(&fingerprint) {
        return Err(refuse::bad_request_because("Failed to return the key"));
    }
    let state = call.state();
    let found = blob::with_fingerprint(&state, &fingerprint);
    answer(call, &state, found)
}

fn answer(call: &Call<'_>, state: &State, found: Option<(KeyOwner, &Arc<Key>)>) -> Answer {
    let (owner, key) = found.ok_or_else(|| refuse::not_found("Key"))?;
    let body = match owner {
        KeyOwner::User(id) => {
            let user = state.users.get(id).ok_or_else(|| refuse::not_found("Key"))?;
            KeyWithUser::of_user(call, state, key, user)
        }
        KeyOwner::Deploy => {
            let places = state.belongings.deploy_keys.iter().map(|(_, at)| at.as_ref());
            KeyWithUser::for_deploying(call, state, key, places.filter(|at| at.key == key.id))
        }
    };
    Ok(Reply::ok(&body))
}

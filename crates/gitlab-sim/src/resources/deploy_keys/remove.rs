use super::{of_path, project};
use crate::http::{Answer, Call, Reply};
use crate::state::KeyOwner;

/// `DELETE /projects/:id/deploy_keys/:key_id`: out of this project, and out of the world with the last one.
pub(super) fn remove(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let mut state = call.change();
    let project = project(call, &state)?;
    let (key, place) = of_path(call, &state, &project)?;
    state.belongings.deploy_keys.remove(project.id, place.id);
    let is_last = state
        .belongings
        .deploy_keys
        .iter()
        .all(|(_, place)| place.key != key.id);
    if is_last && !key.public {
        state.belongings.keys.remove(KeyOwner::Deploy, key.id);
    }
    Ok(Reply::no_content().applied())
}

use super::add::is_within_reach;
use super::present::DeployKeyBody;
use super::{let_in, project};
use crate::http::{Answer, Call, Reply, refuse};
use crate::state::KeyOwner;

/// `POST /projects/:id/deploy_keys/:key_id/enable`: lets in a key that another project has. It may not push.
pub(super) fn enable(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let mut state = call.change();
    let project = project(call, &state)?;
    let found = call.arg(1).parse().ok().and_then(|id| {
        let key = state.belongings.keys.get(KeyOwner::Deploy, id)?;
        is_within_reach(call, &state, key).then(|| std::sync::Arc::clone(key))
    });
    let key = found.ok_or_else(|| refuse::not_found("Deploy Key"))?;
    let is_new = state
        .belongings
        .deploy_keys
        .of(project.id)
        .all(|place| place.key != key.id);
    if is_new {
        let_in(call, &mut state, &project, key.id, false);
    }
    drop(state);
    Ok(Reply::created(&DeployKeyBody::of(&key)).applied_if(is_new))
}

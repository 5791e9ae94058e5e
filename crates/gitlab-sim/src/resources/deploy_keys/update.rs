use std::sync::Arc;

use super::present::DeployKeyBody;
use super::{of_path, project};
use crate::http::{Answer, Call, Reply, refuse};
use crate::state::{DeployKeyAt, Key, KeyOwner};

/// `PUT /projects/:id/deploy_keys/:key_id`: the title is the key's everywhere, the right to push this project's.
pub(super) fn update(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let title = ask.text("title").flatten();
    let can_push = ask.flag("can_push");
    ask.at_least_one();
    call.admit(ask)?;
    let (body, changed) = {
        let mut state = call.change();
        let project = project(call, &state)?;
        let (old_key, old_place) = of_path(call, &state, &project)?;
        if title.as_ref().is_some_and(|title| title.trim().is_empty()) {
            return Err(refuse::field("deploy_key.title", "can't be blank"));
        }
        let key = Arc::new(Key {
            title: title.unwrap_or_else(|| old_key.title.clone()),
            ..Key::clone(&old_key)
        });
        let place = Arc::new(DeployKeyAt {
            can_push: can_push.unwrap_or(old_place.can_push),
            ..DeployKeyAt::clone(&old_place)
        });
        let body = DeployKeyBody::at(&key, &place);
        let changed = key != old_key || place != old_place;
        state.belongings.keys.put(KeyOwner::Deploy, key.id, key);
        state.belongings.deploy_keys.put(project.id, place.id, place);
        (body, changed)
    };
    Ok(Reply::ok(&body).applied_if(changed))
}

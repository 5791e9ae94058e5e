use super::present::DeployKeyBody;
use super::{of_path, project};
use crate::http::{Answer, Call, Offset, Reply};
use crate::state::KeyOwner;

/// `GET /deploy_keys`, by an administrator.
pub(super) fn everywhere(call: &Call<'_>) -> Answer {
    call.administrator()?;
    let mut ask = call.ask();
    let public = ask.flag("public").unwrap_or(false);
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let keys = state.belongings.keys.of(KeyOwner::Deploy);
        let page = offset.cut(keys.filter(|key| !public || key.public));
        page.map(|key| Some(DeployKeyBody::everywhere(&state, key)))
    };
    Ok(page.reply(call))
}

/// `GET /projects/:id/deploy_keys`
pub(super) fn list(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let project = project(call, &state)?;
        let places = &state.belongings.deploy_keys;
        let page = offset.cut_of(places.of(project.id), places.count(project.id));
        page.map(|place| {
            let key = state.belongings.keys.get(KeyOwner::Deploy, place.key)?;
            Some(DeployKeyBody::at(key, place))
        })
    };
    Ok(page.reply(call))
}

/// `GET /projects/:id/deploy_keys/:key_id`
pub(super) fn show(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let state = call.state();
    let project = project(call, &state)?;
    let (key, place) = of_path(call, &state, &project)?;
    Ok(Reply::ok(&DeployKeyBody::at(&key, &place)))
}

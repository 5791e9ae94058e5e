use std::sync::Arc;

use super::make::Wanted;
use super::present::ServiceAccount;
use crate::http::{Answer, Call, Offset, Refusal, Reply, refuse};
use crate::ids::NamespaceId;
use crate::options::Tier;
use crate::resources::find;
use crate::state::{State, User, UserKind, Work};

/// `GET /groups/:id/service_accounts`
pub(super) fn list(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let sort = ask.choice("sort", &["asc", "desc"]);
    ask.ignored(&["order_by"]);
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    call.licensed(Tier::Premium)?;
    let page = {
        let state = call.state();
        let group = owned(call, &state)?;
        let is_one = |user: &&Arc<User>| user.kind == UserKind::ServiceAccount(Some(group));
        if sort == Some("asc") {
            offset.cut(state.users.iter().filter(is_one).cloned())
        } else {
            offset.cut(state.users.iter().rev().filter(is_one).cloned())
        }
    };
    Ok(page.map(|user| Some(ServiceAccount::of(&user))).reply(call))
}

/// `POST /groups/:id/service_accounts`: top-level groups only.
pub(super) fn create(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let wanted = Wanted::read(&mut ask);
    call.admit(ask)?;
    call.licensed(Tier::Premium)?;
    let mut state = call.change();
    let group = owned(call, &state)?;
    let user = wanted.make(call, &mut state, Some(group))?;
    drop(state);
    Ok(Reply::created(&ServiceAccount::of(&user)).applied())
}

/// `PATCH /groups/:id/service_accounts/:user_id`
pub(super) fn update(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let wanted = Wanted::read(&mut ask);
    call.admit(ask)?;
    call.licensed(Tier::Premium)?;
    let mut state = call.change();
    let user = of_path(call, &state)?;
    let (user, changed) = wanted.change(&mut state, &user)?;
    drop(state);
    Ok(Reply::ok(&ServiceAccount::of(&user)).applied_if(changed))
}

/// `DELETE /groups/:id/service_accounts/:user_id`
pub(super) fn remove(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let hard = ask.flag("hard_delete").unwrap_or(false);
    call.admit(ask)?;
    call.licensed(Tier::Premium)?;
    let mut state = call.change();
    let user = of_path(call, &state)?;
    call.later(&mut state, Work::RemoveUser { user: user.id, hard });
    Ok(Reply::no_content().applied())
}

/// The top-level group of the path, if the viewer owns it.
fn owned(call: &Call<'_>, state: &State) -> Result<NamespaceId, Refusal> {
    let group = find::group(call, state, call.arg(0))?;
    if !call.viewer.can_admin_group(state, group.id) {
        return Err(refuse::forbidden());
    }
    if group.parent.is_some() {
        return Err(refuse::bad_request_because("Group must be a top-level group"));
    }
    Ok(group.id)
}

/// The account of the path, which must be that group's.
pub(super) fn of_path(call: &Call<'_>, state: &State) -> Result<Arc<User>, Refusal> {
    let group = owned(call, state)?;
    let user = find::user(state, call.arg(1))?;
    if user.kind == UserKind::ServiceAccount(Some(group)) {
        Ok(user)
    } else {
        Err(refuse::not_found("User"))
    }
}

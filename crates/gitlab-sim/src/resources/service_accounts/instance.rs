use std::sync::Arc;

use super::make::Wanted;
use super::present::ServiceAccount;
use crate::http::{Answer, Call, Offset, Reply, refuse};
use crate::options::Tier;
use crate::resources::find;
use crate::state::{User, UserKind};

/// `GET /service_accounts`, by an administrator.
pub(super) fn list(call: &Call<'_>) -> Answer {
    call.administrator()?;
    let mut ask = call.ask();
    let sort = ask.choice("sort", &["asc", "desc"]);
    ask.ignored(&["order_by"]);
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    call.licensed(Tier::Premium)?;
    let page = {
        let state = call.state();
        let is_one = |user: &&Arc<User>| user.kind == UserKind::ServiceAccount(None);
        if sort == Some("asc") {
            offset.cut(state.users.iter().filter(is_one).cloned())
        } else {
            offset.cut(state.users.iter().rev().filter(is_one).cloned())
        }
    };
    Ok(page.map(|user| Some(ServiceAccount::of(&user))).reply(call))
}

/// `POST /service_accounts`, by an administrator.
pub(super) fn create(call: &Call<'_>) -> Answer {
    call.administrator()?;
    let mut ask = call.ask();
    let wanted = Wanted::read(&mut ask);
    call.admit(ask)?;
    call.licensed(Tier::Premium)?;
    let user = wanted.make(call, &mut call.change(), None)?;
    Ok(Reply::created(&ServiceAccount::of(&user)).applied())
}

/// `PATCH /service_accounts/:user_id`, by an administrator.
pub(super) fn update(call: &Call<'_>) -> Answer {
    call.administrator()?;
    let mut ask = call.ask();
    let wanted = Wanted::read(&mut ask);
    call.admit(ask)?;
    call.licensed(Tier::Premium)?;
    let mut state = call.change();
    let user = find::user(&state, call.arg(0))?;
    if user.kind != UserKind::ServiceAccount(None) {
        return Err(refuse::bad_request_because("User is not a service account"));
    }
    let (user, changed) = wanted.change(&mut state, &user)?;
    drop(state);
    Ok(Reply::ok(&ServiceAccount::of(&user)).applied_if(changed))
}

use hyper::StatusCode;

use super::make::{SCOPES, Wanted};
use super::present::TokenBody;
use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;
use crate::state::{TokenKind, User};

/// What one may give oneself by API.
const HARMLESS: [&str; 2] = ["k8s_proxy", "self_rotate"];

/// `POST /users/:id/personal_access_tokens`, by an administrator.
pub(super) fn for_user(call: &Call<'_>) -> Answer {
    call.administrator()?;
    let mut ask = call.ask();
    let wanted = Wanted::read(&mut ask, &SCOPES);
    call.admit(ask)?;
    let user = find::user(&call.state(), call.arg(0))?;
    create(call, wanted, &user)
}

/// `POST /user/personal_access_tokens`: ends at the end of the day unless said otherwise.
pub(super) fn for_oneself(call: &Call<'_>) -> Answer {
    let user = call.user()?;
    let mut ask = call.ask();
    let mut wanted = Wanted::read(&mut ask, &HARMLESS);
    call.admit(ask)?;
    wanted.expires_on = wanted.expires_on.or_else(|| Some(call.now.day().plus(1)));
    create(call, wanted, user)
}

fn create(call: &Call<'_>, wanted: Wanted, user: &User) -> Answer {
    if let Some(complaint) = wanted.complaint(call) {
        return Err(refuse::message(StatusCode::UNPROCESSABLE_ENTITY, &complaint));
    }
    let token = {
        let mut state = call.change();
        wanted.make(call, &mut state, user.id, TokenKind::Personal)
    };
    Ok(Reply::created(&TokenBody::of(&token, call.now).with_secret(&token)).applied())
}

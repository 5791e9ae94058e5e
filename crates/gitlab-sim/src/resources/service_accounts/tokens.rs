use std::sync::Arc;

use super::group::of_path;
use crate::http::{Answer, Call, Offset, Refusal, Reply, refuse};
use crate::ids::TokenId;
use crate::options::Tier;
use crate::resources::tokens::make::{SCOPES, Wanted};
use crate::resources::tokens::present::TokenBody;
use crate::resources::tokens::rotate as rotation;
use crate::resources::tokens::select::Select;
use crate::state::{State, Token, TokenKind};

/// `GET /groups/:id/service_accounts/:user_id/personal_access_tokens`
pub(super) fn list(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let select = Select::read(&mut ask);
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    call.licensed(Tier::Premium)?;
    let page = {
        let state = call.state();
        let user = of_path(call, &state)?;
        select.page(state.tokens.of(user.id), offset, call.now)
    };
    let bodies: Vec<TokenBody<'_>> = page
        .rows
        .iter()
        .map(|token| TokenBody::of(token, call.now))
        .collect();
    Ok(page.headers(call, Reply::ok(&bodies)))
}

/// `POST /groups/:id/service_accounts/:user_id/personal_access_tokens`
pub(super) fn create(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let wanted = Wanted::read(&mut ask, &SCOPES);
    call.admit(ask)?;
    call.licensed(Tier::Premium)?;
    let token = {
        let mut state = call.change();
        let user = of_path(call, &state)?;
        if let Some(complaint) = wanted.complaint(call) {
            return Err(refuse::bad_request_because(&complaint));
        }
        wanted.make(call, &mut state, user.id, TokenKind::Personal)
    };
    Ok(Reply::created(&TokenBody::of(&token, call.now).with_secret(&token)).applied())
}

/// `DELETE /groups/:id/service_accounts/:user_id/personal_access_tokens/:token_id`
pub(super) fn revoke(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    call.licensed(Tier::Premium)?;
    let mut state = call.change();
    let token = one(call, &state)?;
    state.tokens.revoke(token.id);
    Ok(Reply::no_content().applied_if(!token.revoked))
}

/// `POST /groups/:id/service_accounts/:user_id/personal_access_tokens/:token_id/rotate`
pub(super) fn rotate(call: &Call<'_>) -> Answer {
    call.user()?;
    let expires_on = rotation::read(call)?;
    call.licensed(Tier::Premium)?;
    let token = one(call, &call.state())?;
    let fresh = rotation::rotate(call, &token, expires_on)?;
    Ok(Reply::ok(&TokenBody::of(&fresh, call.now).with_secret(&fresh)).applied())
}

fn one(call: &Call<'_>, state: &State) -> Result<Arc<Token>, Refusal> {
    let user = of_path(call, state)?;
    let id = call.arg(2).parse().map(TokenId).ok();
    let found = id
        .and_then(|id| state.tokens.get(id))
        .filter(|token| token.user == user.id);
    found
        .cloned()
        .ok_or_else(|| refuse::not_found("Personal Access Token"))
}

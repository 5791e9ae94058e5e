//! Tokens with which an administrator acts as someone (GitLab API facts A.1).

use std::sync::Arc;

use super::make::{self, SCOPES, Wanted};
use super::present::TokenBody;
use super::select::Select;
use crate::http::{Answer, Call, Offset, Refusal, Reply, refuse};
use crate::ids::{TokenId, UserId};
use crate::resources::find;
use crate::state::{State, Token, TokenKind};

/// `GET /users/:id/impersonation_tokens`
pub(super) fn list(call: &Call<'_>) -> Answer {
    call.administrator()?;
    let mut ask = call.ask();
    let select = Select::read(&mut ask);
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let user = find::user(&state, call.arg(0))?;
        select.page(of_user(&state, user.id), offset, call.now)
    };
    let bodies: Vec<TokenBody<'_>> = page
        .rows
        .iter()
        .map(|token| TokenBody::of(token, call.now))
        .collect();
    Ok(page.headers(call, Reply::ok(&bodies)))
}

/// `POST /users/:id/impersonation_tokens`
pub(super) fn create(call: &Call<'_>) -> Answer {
    call.administrator()?;
    let mut ask = call.ask();
    let wanted = Wanted {
        name: ask.required_text("name"),
        description: ask.filled("description"),
        scopes: ask.list("scopes").unwrap_or_default(),
        expires_on: ask.day("expires_at").flatten(),
    };
    call.admit(ask)?;
    let mut state = call.change();
    let user = find::user(&state, call.arg(0))?;
    if wanted.scopes.is_empty() {
        return Err(refuse::field("scopes", "can't be blank"));
    }
    if wanted
        .scopes
        .iter()
        .any(|scope| !SCOPES.contains(&scope.as_str()))
    {
        return Err(refuse::field("scopes", "can only contain available scopes"));
    }
    let last = call.now.day().plus(make::MAX_LIFETIME);
    if wanted.expires_on.is_some_and(|day| day > last) {
        return Err(refuse::field("expires_at", format!("must be before {last}")));
    }
    let token = wanted.make(call, &mut state, user.id, TokenKind::Impersonation);
    Ok(Reply::created(&TokenBody::of(&token, call.now).with_secret(&token)).applied())
}

/// `GET /users/:id/impersonation_tokens/:token_id`
pub(super) fn show(call: &Call<'_>) -> Answer {
    call.administrator()?;
    call.admit_any()?;
    let token = one(call, &call.state())?;
    Ok(Reply::ok(&TokenBody::of(&token, call.now)))
}

/// `DELETE /users/:id/impersonation_tokens/:token_id`
pub(super) fn revoke(call: &Call<'_>) -> Answer {
    call.administrator()?;
    call.admit_any()?;
    let mut state = call.change();
    let token = one(call, &state)?;
    state.tokens.revoke(token.id);
    Ok(Reply::no_content().applied_if(!token.revoked))
}

fn of_user(state: &State, user: UserId) -> impl Iterator<Item = &Arc<Token>> {
    let tokens = state.tokens.of(user);
    tokens.filter(|token| token.kind == TokenKind::Impersonation)
}

fn one(call: &Call<'_>, state: &State) -> Result<Arc<Token>, Refusal> {
    let user = find::user(state, call.arg(0))?;
    let id = call.arg(1).parse().map(TokenId).ok();
    let found = of_user(state, user.id).find(|token| Some(token.id) == id);
    found
        .cloned()
        .ok_or_else(|| refuse::not_found("Impersonation Token"))
}

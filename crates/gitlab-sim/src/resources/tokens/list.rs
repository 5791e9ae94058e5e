use std::sync::Arc;

use super::present::TokenBody;
use super::select::Select;
use crate::http::{Answer, Call, Offset, Reply, refuse};
use crate::ids::UserId;
use crate::state::{Token, TokenKind};

/// `GET /personal_access_tokens`: one's own; an administrator's list holds everyone's.
pub(super) fn list(call: &Call<'_>) -> Answer {
    let user = call.user()?;
    let mut ask = call.ask();
    let of_user = ask.id("user_id").map(UserId);
    let select = Select::read(&mut ask);
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let of_user = if user.admin {
        of_user
    } else {
        Some(of_user.unwrap_or(user.id))
    };
    if !user.admin && of_user != Some(user.id) {
        return Err(refuse::unauthorized());
    }
    let page = {
        let state = call.state();
        let personal = |token: &&Arc<Token>| token.kind == TokenKind::Personal;
        match of_user {
            Some(user) => select.page(state.tokens.of(user).filter(personal), offset, call.now),
            None => select.page(state.tokens.iter().filter(personal), offset, call.now),
        }
    };
    let bodies: Vec<TokenBody<'_>> = page
        .rows
        .iter()
        .map(|token| TokenBody::of(token, call.now))
        .collect();
    Ok(page.headers(call, Reply::ok(&bodies)))
}

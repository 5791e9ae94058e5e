use super::{level, manages};
use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;
use crate::resources::tokens::present::TokenBody;
use crate::resources::tokens::rotate;
use crate::state::{Source, Token, UserKind};
use crate::time_text::Day;

/// `POST /{groups,projects}/:id/access_tokens/:token_id/rotate`
pub(super) fn one(call: &Call<'_>) -> Answer {
    let viewer = call.user()?;
    let expires_on = rotate::read(call)?;
    let (source, token) = {
        let state = call.state();
        let source = find::source(call, &state)?;
        let found = super::find(call, &state, source);
        // Only administrators are told that there is no such token.
        let found = found.filter(|_| manages(call, &state, source));
        let token = found.ok_or_else(|| {
            if viewer.admin {
                refuse::message(hyper::StatusCode::NOT_FOUND, "404 Not Found")
            } else {
                refuse::unauthorized()
            }
        })?;
        (source, token)
    };
    answer(call, source, &token, expires_on)
}

/// `POST /{groups,projects}/:id/access_tokens/self/rotate`, with the token itself.
pub(super) fn own(call: &Call<'_>) -> Answer {
    let viewer = call.user()?;
    let token = call.token.clone().ok_or_else(refuse::unauthorized)?;
    let expires_on = rotate::read(call)?;
    if !matches!(viewer.kind, UserKind::TokenBot(_)) {
        return Err(rotate::wrong_kind());
    }
    let source = {
        let state = call.state();
        let source = find::source(call, &state)?;
        if !viewer.is_bot_of(source) {
            return Err(refuse::unauthorized());
        }
        source
    };
    answer(call, source, &token, expires_on)
}

fn answer(call: &Call<'_>, source: Source, token: &Token, expires_on: Option<Day>) -> Answer {
    let fresh = rotate::rotate(call, token, expires_on)?;
    let level = level(&call.state(), source, &fresh);
    let body = TokenBody::at_level(&fresh, level, call.now).with_secret(&fresh);
    Ok(Reply::ok(&body).applied())
}

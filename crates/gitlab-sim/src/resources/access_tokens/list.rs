use super::{level, manages, not_found};
use crate::http::{Answer, Call, Offset, Reply, refuse};
use crate::resources::find;
use crate::resources::tokens::present::TokenBody;
use crate::resources::tokens::select::Select;

/// `GET /{groups,projects}/:id/access_tokens`
pub(super) fn list(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let select = Select::read(&mut ask);
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let (page, levels) = {
        let state = call.state();
        let source = find::source(call, &state)?;
        if !manages(call, &state, source) {
            return Err(refuse::unauthorized());
        }
        let members = state.members.of_source(source);
        let bots = members.filter(|member| {
            let user = state.users.get(member.user);
            user.is_some_and(|user| user.is_bot_of(source))
        });
        let tokens = bots.flat_map(|bot| state.tokens.of(bot.user));
        let page = select.page(tokens, offset, call.now);
        let levels: Vec<_> = page
            .rows
            .iter()
            .map(|token| level(&state, source, token))
            .collect();
        (page, levels)
    };
    let bodies: Vec<TokenBody<'_>> = page
        .rows
        .iter()
        .zip(levels)
        .map(|(token, level)| TokenBody::at_level(token, level, call.now))
        .collect();
    Ok(page.headers(call, Reply::ok(&bodies)))
}

/// `GET /{groups,projects}/:id/access_tokens/:token_id`
pub(super) fn show(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let state = call.state();
    let source = find::source(call, &state)?;
    if !manages(call, &state, source) {
        return Err(refuse::unauthorized());
    }
    let token = super::find(call, &state, source).ok_or_else(|| not_found(source))?;
    let level = level(&state, source, &token);
    Ok(Reply::ok(&TokenBody::at_level(&token, level, call.now)))
}

use super::{bot, manages, word};
use crate::access::AccessLevel;
use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;
use crate::resources::tokens::make::Wanted;
use crate::resources::tokens::present::TokenBody;
use crate::state::TokenKind;

/// What a bot's token may be allowed.
const SCOPES: [&str; 11] = [
    "api",
    "read_api",
    "create_runner",
    "manage_runner",
    "read_repository",
    "write_repository",
    "read_registry",
    "write_registry",
    "read_virtual_registry",
    "k8s_proxy",
    "self_rotate",
];

const LEVELS: [i64; 7] = [10, 15, 20, 25, 30, 40, 50];

/// `POST /{groups,projects}/:id/access_tokens`: a maintainer's unless said otherwise, and never above the viewer's
/// level.
pub(super) fn create(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let wanted = Wanted::read(&mut ask, &SCOPES);
    let level = ask
        .number_of("access_level", &LEVELS)
        .and_then(AccessLevel::from_number)
        .unwrap_or(AccessLevel::Maintainer);
    call.admit(ask)?;
    let token = {
        let mut state = call.change();
        let source = find::source(call, &state)?;
        if !manages(call, &state, source) {
            let text = format!(
                "User does not have permission to create {} access token",
                word(source)
            );
            return Err(refuse::bad_request_because(&text));
        }
        if Some(level) > call.viewer.level_on(&state, source) {
            return Err(refuse::bad_request_because(
                "Access level of the token contains permissions not held by the creating user",
            ));
        }
        if let Some(complaint) = wanted.complaint(call) {
            return Err(refuse::bad_request_because(&complaint));
        }
        let bot = bot::make(call, &mut state, source, &wanted.name, level);
        wanted.make(call, &mut state, bot, TokenKind::Personal)
    };
    let body = TokenBody::at_level(&token, Some(level), call.now).with_secret(&token);
    Ok(Reply::created(&body).applied())
}

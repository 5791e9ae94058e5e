use super::present::TokenBody;
use crate::http::{Answer, Call, Offset, refuse};
use crate::ids::UserId;
use crate::resources::holds;

/// `GET /personal_access_tokens`: one's own; an administrator's list holds everyone's.
pub(super) fn list(call: &Call<'_>) -> Answer {
    let user = call.user()?;
    let mut ask = call.ask();
    let of_user = ask.id("user_id").map(UserId);
    let revoked = ask.flag("revoked");
    let state_wanted = ask.choice("state", &["active", "inactive"]);
    let search = ask.filled("search");
    ask.ignored(&[
        "created_after",
        "created_before",
        "expires_after",
        "expires_before",
        "sort",
    ]);
    ask.ignored(&["last_used_after", "last_used_before"]);
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
    let today = call.now.day();
    let page = {
        let state = call.state();
        let matching = state.tokens.iter().filter(|token| {
            of_user.is_none_or(|user| token.user == user)
                && revoked.is_none_or(|revoked| token.revoked == revoked)
                && state_wanted.is_none_or(|wanted| (wanted == "active") == token.is_active(today))
                && search
                    .as_ref()
                    .is_none_or(|searched| holds(&token.name, searched))
        });
        offset.cut(matching.cloned())
    };
    let rows: Vec<TokenBody<'_>> = page
        .rows
        .iter()
        .map(|token| TokenBody::of(token, today))
        .collect();
    Ok(page.headers(call, crate::http::Reply::ok(&rows)))
}

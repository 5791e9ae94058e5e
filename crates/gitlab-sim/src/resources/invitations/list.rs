use super::present::InvitationBody;
use crate::http::{Answer, Call, Offset};
use crate::resources::{find, holds};

/// `GET /{groups,projects}/:id/invitations`. Whoever does not manage members sees none.
pub(super) fn list(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let query = ask.filled("query");
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let source = find::source(call, &state)?;
        let shown = call.viewer.can_admin_members(&state, source);
        let rows = state
            .belongings
            .invitations
            .of(source)
            .filter(|row| shown && query.as_ref().is_none_or(|searched| holds(&row.email, searched)));
        offset
            .cut(rows)
            .map(|row| Some(InvitationBody::of(call, &state, row)))
    };
    Ok(page.reply(call))
}

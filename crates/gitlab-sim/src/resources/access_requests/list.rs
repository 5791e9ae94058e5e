use super::present::Requester;
use crate::http::{Answer, Call, Offset, refuse};
use crate::resources::find;

/// `GET /{groups,projects}/:id/access_requests`, for those who manage members.
pub(super) fn list(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let source = find::source(call, &state)?;
        if !call.viewer.can_admin_members(&state, source) {
            return Err(refuse::forbidden());
        }
        let requests = &state.belongings.access_requests;
        let page = offset.cut_of(requests.of(source), requests.count(source));
        page.map(|request| Requester::of(&call.instance.site, &state, request))
    };
    Ok(page.reply(call))
}

use super::of_path;
use crate::hooks::{AccessRequest, Event};
use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;

/// `DELETE /{groups,projects}/:id/access_requests/:user_id`: denied by those who manage members, or taken back.
pub(super) fn remove(call: &Call<'_>) -> Answer {
    let viewer = call.user()?.id;
    call.admit_any()?;
    let mut state = call.change();
    let source = find::source(call, &state)?;
    let request = of_path(call, &state, source)?;
    if request.user != viewer && !call.viewer.can_admin_members(&state, source) {
        return Err(refuse::forbidden());
    }
    state.tell(Event::Access {
        source,
        user: request.user,
        created_at: request.requested_at,
        request: if request.user == viewer {
            AccessRequest::Revoked
        } else {
            AccessRequest::Denied
        },
    });
    state.belongings.access_requests.remove(source, request.id);
    Ok(Reply::no_content().applied())
}

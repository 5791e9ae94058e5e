use hyper::StatusCode;

use crate::http::{Answer, Call, Reply, refuse};
use crate::ids::NamespaceId;
use crate::resources::find;
use crate::state::Source;

/// `DELETE /groups/:id/share/:group_id`
pub(in crate::resources::groups) fn unshare(call: &Call<'_>) -> Answer {
    call.user()?;
    let invited: u64 = call
        .arg(1)
        .parse()
        .map_err(|_| refuse::invalid("group_id is invalid"))?;
    call.admit_any()?;
    let (invited, mut state) = (NamespaceId(invited), call.change());
    let group = find::group(call, &state, call.arg(0))?;
    let source = Source::Group(group.id);
    if state.belongings.group_links.get(source, invited).is_none() {
        return Err(refuse::not_found("Group Link"));
    }
    if !call.viewer.can_admin_group(&state, group.id) {
        return Err(refuse::message(StatusCode::NOT_FOUND, "Not Found"));
    }
    state.belongings.group_links.remove(source, invited);
    Ok(Reply::no_content().applied())
}

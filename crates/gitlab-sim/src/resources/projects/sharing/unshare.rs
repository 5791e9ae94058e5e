use crate::http::{Answer, Call, Reply, refuse};
use crate::ids::NamespaceId;
use crate::resources::find;
use crate::state::Source;

/// `DELETE /projects/:id/share/:group_id`
pub(in crate::resources::projects) fn unshare(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let invited = call.arg(1).parse().map(NamespaceId);
    let invited = invited.map_err(|_| refuse::invalid("group_id is invalid"))?;
    let mut state = call.change();
    let project = find::project(call, &state, call.arg(0))?;
    if !call.viewer.can_admin_project(&state, &project) || state.is_closed(&project) {
        return Err(refuse::forbidden());
    }
    let links = &mut state.belongings.group_links;
    if links.remove(Source::Project(project.id), invited).is_none() {
        return Err(refuse::not_found("Group Link"));
    }
    Ok(Reply::no_content().applied())
}

use super::super::access;
use crate::http::{Answer, Call, Reply, refuse};

/// `DELETE /projects/:id/repository/tags/:tag_name`
pub(super) fn delete(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let mut state = call.change();
    let (project, repository) = access::writable(call, &state, call.arg(0))?;
    if repository.tag(call.arg(1)).is_none() {
        return Err(refuse::not_found("Tag"));
    }
    if !call.viewer.can_touch_tag(&state, &project, call.arg(1)) {
        return Err(refuse::forbidden());
    }
    let own = state.belongings.repositories.change(&project);
    own.remove_tag(call.arg(1));
    Ok(Reply::no_content().applied())
}

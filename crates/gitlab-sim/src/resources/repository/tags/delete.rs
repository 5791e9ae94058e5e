use super::super::{access, told};
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
    let old = own.remove_tag(call.arg(1)).map(|tag| tag.target());
    told::tag(call, &mut state, &project, call.arg(1), old, None);
    Ok(Reply::no_content().applied())
}

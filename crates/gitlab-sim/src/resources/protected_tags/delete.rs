use crate::http::{Answer, Call, Reply};

/// `DELETE /projects/:id/protected_tags/:name`: the tag itself stays.
pub(super) fn delete(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let mut state = call.change();
    let project = super::project(call, &state)?;
    let rule = super::find_rule(call, &state, &project)?;
    state.belongings.protected_tags.remove(project.id, rule.id);
    Ok(Reply::no_content().applied())
}

use super::source;
use crate::http::{Answer, Call, Reply, refuse};

/// `DELETE /{projects,groups}/:id/push_rule`
pub(super) fn delete(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let mut state = call.change();
    let source = source::of_path(call, &state)?;
    if source::rule_of(&state, source).is_none() {
        return Err(refuse::not_found("Push Rule"));
    }
    state.belongings.push_rules.clear(source);
    Ok(Reply::no_content().applied())
}

use super::open;
use crate::http::{Answer, Call, Reply};

/// `PATCH /projects/:id/job_token_scope`: lets everyone in, or only those on the lists.
pub(super) fn update(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    ask.require("enabled");
    let enabled = ask.flag("enabled");
    if enabled.is_none() && call.params.get("enabled").is_some() {
        ask.complain("enabled is empty");
    }
    call.admit(ask)?;
    let mut state = call.change();
    let project = open(call, &state)?;
    let scope = state.belongings.job_token_scopes.change(project.id);
    let changed = enabled.is_some_and(|enabled| enabled != scope.limited);
    scope.limited = enabled.unwrap_or(scope.limited);
    Ok(Reply::no_content().applied_if(changed))
}

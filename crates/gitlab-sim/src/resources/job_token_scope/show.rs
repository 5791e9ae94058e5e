use serde::Serialize;

use super::maintained;
use crate::http::{Answer, Call, Reply};
use crate::state::JobTokenScope;

#[derive(Debug, Serialize)]
struct Body {
    inbound_enabled: bool,
    outbound_enabled: bool,
}

/// `GET /projects/:id/job_token_scope`. What goes out is limited in no project that is new. What comes in is limited
/// whatever the project says while the instance wants it so.
pub(super) fn show(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let state = call.state();
    let project = maintained(call, &state)?;
    let scope = state.belongings.job_token_scopes.of(project.id);
    let enforced = state
        .settings()
        .flag("enforce_ci_inbound_job_token_scope_enabled");
    let limited = scope.map_or_else(|| JobTokenScope::default().limited, |scope| scope.limited);
    Ok(Reply::ok(&Body {
        inbound_enabled: enforced || limited,
        outbound_enabled: false,
    }))
}

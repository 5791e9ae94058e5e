use super::present::ProtectedBranchBody;
use super::source;
use crate::http::{Answer, Call, Reply};

/// `GET /{projects,groups}/:id/protected_branches/:name`: the name as it was given, wildcards included.
pub(super) fn show(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let body = {
        let state = call.state();
        let place = source::of_path(call, &state)?;
        let (source, rule) = place.named(&state, call.arg(1))?;
        ProtectedBranchBody::of(call, &state, place.project.is_some(), source, &rule)
    };
    Ok(Reply::ok(&body))
}

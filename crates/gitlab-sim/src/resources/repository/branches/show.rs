use super::super::access;
use super::present::BranchBody;
use crate::http::{Answer, Call, Refusal, Reply, refuse};
use crate::state::repository::is_ref_name;

/// `GET /projects/:id/repository/branches/:branch`; HEAD only says whether it is there.
pub(super) fn show(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    let body = {
        let state = call.state();
        let (project, repository) = access::readable(call, &state, call.arg(0))?;
        valid(call.arg(1))?;
        let commit = repository
            .branch(call.arg(1))
            .ok_or_else(|| refuse::not_found("Branch"))?;
        if call.head {
            return Ok(Reply::no_content());
        }
        BranchBody::of(call, &state, &project, &repository, call.arg(1), commit)
    };
    Ok(Reply::ok(&body))
}

/// Refuses a name no branch can have.
pub(super) fn valid(name: &str) -> Result<(), Refusal> {
    if is_ref_name(name) {
        Ok(())
    } else {
        Err(refuse::bad_request("The branch refname is invalid"))
    }
}

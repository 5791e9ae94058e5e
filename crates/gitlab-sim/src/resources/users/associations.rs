use serde::Serialize;

use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;
use crate::state::Source;

#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "GitLab's own keys")]
struct Counts {
    groups_count: usize,
    projects_count: usize,
    issues_count: u64,
    merge_requests_count: u64,
}

/// `GET /users/:id/associations_count`, for oneself or by an administrator.
pub(super) fn count(call: &Call<'_>) -> Answer {
    let viewer = call.user()?;
    call.admit_any()?;
    let counts = {
        let state = call.state();
        let user = find::user(&state, call.arg(0))?;
        if !viewer.admin && viewer.id != user.id {
            return Err(refuse::forbidden());
        }
        let (groups, projects): (Vec<Source>, Vec<Source>) = state
            .members
            .of_user(user.id)
            .partition(|source| matches!(source, Source::Group(_)));
        Counts {
            groups_count: groups.len(),
            projects_count: projects.len(),
            issues_count: 0,
            merge_requests_count: 0,
        }
    };
    Ok(Reply::ok(&counts))
}

use super::{bad_request, open};
use crate::http::{Answer, Call, Reply, refuse};
use crate::ids::{NamespaceId, ProjectId};

/// `DELETE /projects/:id/job_token_scope/allowlist/:target_project_id`
pub(super) fn project(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let target = call.arg(1).parse().map(ProjectId);
    let target = target.map_err(|_| refuse::invalid("target_project_id is invalid"))?;
    let mut state = call.change();
    let source = open(call, &state)?;
    if state
        .tree
        .project(target)
        .is_none_or(|target| target.pending_delete)
    {
        return Err(refuse::not_found("Project"));
    }
    if target == source.id {
        return Err(bad_request(
            "Source project cannot be removed from the job token scope",
        ));
    }
    if !state
        .belongings
        .job_token_scopes
        .change(source.id)
        .projects
        .remove(&target)
    {
        return Err(bad_request("Target project is not in the job token scope"));
    }
    Ok(Reply::no_content().applied())
}

/// `DELETE /projects/:id/job_token_scope/groups_allowlist/:target_group_id`
pub(super) fn group(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let target = call.arg(1).parse().map(NamespaceId);
    let target = target.map_err(|_| refuse::invalid("target_group_id is invalid"))?;
    let mut state = call.change();
    let source = open(call, &state)?;
    if state.tree.group(target).is_none() {
        return Err(refuse::not_found("target_group_id not found"));
    }
    if !state
        .belongings
        .job_token_scopes
        .change(source.id)
        .groups
        .remove(&target)
    {
        return Err(bad_request("Target group is not in the job token scope"));
    }
    Ok(Reply::no_content().applied())
}

use serde::Serialize;

use super::{bad_request, open};
use crate::http::{Answer, Call, Reply, refuse};
use crate::ids::{NamespaceId, ProjectId};

/// As many as a list holds.
const MOST: usize = 200;

#[derive(Debug, Serialize)]
struct ProjectLink {
    source_project_id: u64,
    target_project_id: u64,
}

#[derive(Debug, Serialize)]
struct GroupLink {
    source_project_id: u64,
    target_group_id: u64,
}

/// `POST /projects/:id/job_token_scope/allowlist`
pub(super) fn project(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    ask.require("target_project_id");
    let target = ProjectId(ask.id("target_project_id").unwrap_or_default());
    call.admit(ask)?;
    let mut state = call.change();
    let source = open(call, &state)?;
    let Some(found) = state.tree.project(target).filter(|target| !target.pending_delete) else {
        return Err(refuse::not_found("target_project_id not found"));
    };
    if !call.viewer.can_read_project(&state, found) {
        return Err(bad_request(
            "The target_project that you are attempting to access does not exist or you don't have permission to \
             perform this action",
        ));
    }
    if target == source.id {
        return Err(bad_request(
            "Validation failed: Target project can't be the same as the source project",
        ));
    }
    let scope = state.belongings.job_token_scopes.change(source.id);
    if scope.projects.contains(&target) {
        return Err(duplicate("This project is already in the job token allowlist."));
    }
    if scope.projects.len() >= MOST {
        return Err(bad_request(
            "Validation failed: Source project exceeds the allowable number of project links in this direction",
        ));
    }
    scope.projects.insert(target);
    let link = ProjectLink {
        source_project_id: source.id.0,
        target_project_id: target.0,
    };
    Ok(Reply::created(&link).applied())
}

/// `POST /projects/:id/job_token_scope/groups_allowlist`
pub(super) fn group(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    ask.require("target_group_id");
    let target = NamespaceId(ask.id("target_group_id").unwrap_or_default());
    call.admit(ask)?;
    let mut state = call.change();
    let source = open(call, &state)?;
    let Some(found) = state.tree.group(target) else {
        return Err(refuse::not_found("target_group_id not found"));
    };
    if !call.viewer.can_read_group(&state, found) {
        return Err(bad_request(
            "The target_group that you are attempting to access does not exist or you don't have permission to \
             perform this action",
        ));
    }
    let scope = state.belongings.job_token_scopes.change(source.id);
    if !scope.groups.insert(target) {
        return Err(duplicate("This group is already in the job token allowlist."));
    }
    let link = GroupLink {
        source_project_id: source.id.0,
        target_group_id: target.0,
    };
    Ok(Reply::created(&link).applied())
}

fn duplicate(text: &str) -> crate::http::Refusal {
    let reply: Reply = bad_request(text).into();
    reply.with_effect(crate::http::reply::Effect::Duplicate).into()
}

use super::super::{access, push, told};
use super::show;
use crate::access::protections_of;
use crate::http::{Answer, Call, Reply, refuse};
use crate::state::{Project, State};

/// `DELETE /projects/:id/repository/branches/:branch`. The commits stay.
pub(super) fn delete(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let name = call.arg(1);
    let mut state = call.change();
    let (project, repository) = access::writable(call, &state, call.arg(0))?;
    show::valid(name)?;
    if repository.branch(name).is_none() {
        return Err(refuse::not_found("Branch"));
    }
    if !protections_of(&state, &project, name).is_empty() {
        return Err(refuse::forbidden());
    }
    if project.default_branch.as_deref() == Some(name) {
        return Err(refuse::bad_request("Cannot remove HEAD branch"));
    }
    let tip = repository.branch(name).map(|tip| tip.id);
    state.belongings.repositories.change(&project).remove_branch(name);
    told::branch(call, &mut state, &project, name, tip, None);
    Ok(Reply::no_content().applied())
}

/// `DELETE /projects/:id/repository/merged_branches`: all that are on the default branch, but for protected ones.
pub(super) fn merged(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let mut state = call.change();
    let (project, _) = access::writable(call, &state, call.arg(0))?;
    let merged = merged_branches(&state, &project);
    for name in &merged {
        let tip = state.belongings.repositories.change(&project).remove_branch(name);
        told::branch(call, &mut state, &project, name, tip, None);
    }
    Ok(Reply::accepted().applied_if(!merged.is_empty()))
}

fn merged_branches(state: &State, project: &Project) -> Vec<String> {
    let repository = state.belongings.repositories.of(project);
    let Some(head) = push::head(project, &repository) else {
        return Vec::new();
    };
    let reached = repository.history([head]);
    repository
        .branches()
        .filter(|(name, commit)| {
            project.default_branch.as_deref() != Some(*name)
                && reached.iter().any(|reached| reached.id == commit.id)
                && protections_of(state, project, name).is_empty()
        })
        .map(|(name, _)| name.to_owned())
        .collect()
}

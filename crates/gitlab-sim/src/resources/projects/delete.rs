use std::sync::Arc;

use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::{deletion_suffix, find};
use crate::state::{Project, State, Work};

/// `DELETE /projects/:id`
///
/// The first call schedules: the project gets a mark and a suffix, and its old path is free at once. A second one
/// with `permanently_remove` and the path as it is then removes it.
pub(super) fn delete(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let permanently = ask.flag("permanently_remove").unwrap_or(false);
    let full_path = ask.filled("full_path");
    call.admit(ask)?;

    let mut state = call.change();
    let project = find::project(call, &state, call.arg(0))?;
    if !call.viewer.can_own_project(&state, &project) {
        return Err(refuse::forbidden());
    }
    call.not_modified_since(project.updated_at)?;
    if permanently {
        return remove(call, &mut state, &project, full_path.as_deref());
    }
    if state
        .tree
        .any_in_lineage(project.namespace, |group| group.marked_on.is_some())
    {
        // It will go with its group: accepted, and nothing happens.
        return Ok(Reply::accepted());
    }
    if project.marked_on.is_some() {
        return Err(refuse::bad_request(
            "Project has been already marked for deletion",
        ));
    }
    if state.has_tagged_images(project.id) {
        return Err(refuse::bad_request(
            "Cannot rename or delete project because it contains container registry tags",
        ));
    }
    let suffix = deletion_suffix(project.id.0);
    state.tree.put_project(Arc::new(Project {
        marked_on: Some(call.now.day()),
        path: format!("{}{suffix}", project.path),
        name: format!("{}{suffix}", project.name),
        updated_at: call.now,
        ..Project::clone(&project)
    }));
    state.expire_later(&project, call.now);
    Ok(Reply::accepted().applied())
}

/// Nobody finds it from now on; its path is free when a worker has removed it.
fn remove(call: &Call<'_>, state: &mut State, project: &Project, full_path: Option<&str>) -> Answer {
    if project.marked_on.is_none() {
        return Err(refuse::bad_request("Project must be marked for deletion first."));
    }
    if full_path != Some(state.project_full_path(project).as_str()) {
        return Err(refuse::bad_request(
            "`full_path` is incorrect. You must enter the complete path for the project.",
        ));
    }
    state.tree.put_project(Arc::new(Project {
        pending_delete: true,
        ..project.clone()
    }));
    call.later(state, Work::RemoveProject(project.id));
    Ok(Reply::accepted().applied())
}

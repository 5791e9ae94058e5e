use std::sync::Arc;

use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::{deletion_suffix, find};
use crate::state::{Project, State};

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
    if permanently {
        return remove(&mut state, &project, full_path.as_deref());
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
    let suffix = deletion_suffix(project.id.0);
    state.tree.put_project(Arc::new(Project {
        marked_on: Some(call.now.day()),
        path: format!("{}{suffix}", project.path),
        name: format!("{}{suffix}", project.name),
        updated_at: call.now,
        ..Project::clone(&project)
    }));
    Ok(Reply::accepted().applied())
}

fn remove(state: &mut State, project: &Project, full_path: Option<&str>) -> Answer {
    if project.marked_on.is_none() {
        return Err(refuse::bad_request("Project must be marked for deletion first."));
    }
    if full_path != Some(state.project_full_path(project).as_str()) {
        return Err(refuse::bad_request(
            "`full_path` is incorrect. You must enter the complete path for the project.",
        ));
    }
    state.purge_project(project.id);
    Ok(Reply::accepted().applied())
}

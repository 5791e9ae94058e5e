use std::sync::Arc;

use super::present::{ProjectView, Shape};
use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;
use crate::state::{Group, Project, State};

/// `POST /projects/:id/archive`
pub(super) fn archive(call: &Call<'_>) -> Answer {
    turn(call, true)
}

/// `POST /projects/:id/unarchive`
pub(super) fn unarchive(call: &Call<'_>) -> Answer {
    turn(call, false)
}

/// 201 although nothing is created, as GitLab has it.
fn turn(call: &Call<'_>, archived: bool) -> Answer {
    call.user()?;
    call.admit_any()?;
    let view = {
        let mut state = call.change();
        let old = find::project(call, &state, call.arg(0))?;
        if !call.viewer.can_own_project(&state, &old) {
            return Err(refuse::forbidden());
        }
        if let Some(text) = obstacle(&state, &old, archived) {
            return Err(refuse::bad_request(text));
        }
        let project = Arc::new(Project {
            archived,
            updated_at: call.now,
            ..Project::clone(&old)
        });
        state.tree.put_project(Arc::clone(&project));
        ProjectView::of(call, &state, &project, Shape::Full)
    };
    Ok(Reply::created(&view).applied())
}

/// The first reason against it, in GitLab's order.
fn obstacle(state: &State, project: &Project, archived: bool) -> Option<&'static str> {
    let above = |condition: fn(&Group) -> bool| state.tree.any_in_lineage(project.namespace, condition);
    let below_archived = above(|group| group.archived);
    let going = project.marked_on.is_some() || above(|group| group.marked_on.is_some());
    match archived {
        true if project.archived => Some("Project is already archived!"),
        true if below_archived => {
            Some("Cannot archive project since one of the ancestors is already archived.")
        }
        true if going => Some("Cannot archive project since it is scheduled for deletion."),
        false if below_archived => Some("Cannot unarchive project since one of the ancestors is archived."),
        false if !project.archived => Some("Project is already unarchived!"),
        _ => None,
    }
}

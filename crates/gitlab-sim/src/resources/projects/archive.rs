use std::sync::Arc;

use super::present::{ProjectView, Shape};
use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;
use crate::state::Project;

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
        if state.tree.any_in_lineage(old.namespace, |group| group.archived) {
            let text = if archived {
                "Cannot archive project since one of the ancestor groups is already archived!"
            } else {
                "Cannot unarchive project since one of the ancestor groups is archived!"
            };
            return Err(refuse::bad_request(text));
        }
        if old.archived == archived {
            let text = if archived {
                "Project is already archived!"
            } else {
                "Project is already unarchived!"
            };
            return Err(refuse::bad_request(text));
        }
        if archived && old.marked_on.is_some() {
            return Err(refuse::bad_request(
                "Cannot archive project since it is scheduled for deletion.",
            ));
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

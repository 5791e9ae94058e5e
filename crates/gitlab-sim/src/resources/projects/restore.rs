use std::sync::Arc;

use super::present::{ProjectView, Shape};
use super::validate;
use crate::http::refuse::{self, Complaints};
use crate::http::{Answer, Call, Reply};
use crate::resources::{deletion_suffix, find};
use crate::state::Project;

/// `POST /projects/:id/restore`. Gives back the old name and path and unarchives.
pub(super) fn restore(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let view = {
        let mut state = call.change();
        let old = find::project(call, &state, call.arg(0))?;
        if !call.viewer.can_own_project(&state, &old) {
            return Err(refuse::forbidden());
        }
        if old.marked_on.is_none() {
            return Err(refuse::bad_request("Project has not been marked for deletion"));
        }
        let suffix = deletion_suffix(old.id.0);
        let before = |text: &str| text.strip_suffix(&suffix).unwrap_or(text).to_owned();
        let project = Project {
            marked_on: None,
            archived: false,
            path: before(&old.path),
            name: before(&old.name),
            updated_at: call.now,
            ..Project::clone(&old)
        };
        let mut complaints = Complaints::default();
        validate::name_and_path(
            &state,
            project.namespace,
            Some(&project.name),
            Some(&project.path),
            Some(project.id),
            &mut complaints,
        );
        if !complaints.is_empty() {
            return Err(refuse::complaints(&complaints));
        }
        let project = Arc::new(project);
        state.tree.put_project(Arc::clone(&project));
        ProjectView::of(call, &state, &project, Shape::Full)
    };
    Ok(Reply::created(&view).applied())
}

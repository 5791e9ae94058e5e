use std::sync::Arc;

use hyper::StatusCode;

use super::present::{ProjectView, Shape};
use super::settings::Patch;
use super::validate;
use crate::http::refuse::{self, Complaints};
use crate::http::{Answer, Call, Reply};
use crate::resources::find;
use crate::resources::groups::list::visibility;
use crate::state::Project;

/// `PUT /projects/:id`. After a new path the old one redirects.
pub(super) fn update(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let name = ask.text("name").flatten();
    let path = ask.text("path").flatten();
    let description = ask.text("description");
    let visibility = visibility(&mut ask);
    let default_branch = ask.filled("default_branch");
    let patch = Patch::read(&mut ask);
    ask.at_least_one();
    call.admit(ask)?;

    let (view, changed) = {
        let mut state = call.change();
        let old = find::project(call, &state, call.arg(0))?;
        let closed = old.archived
            || old.marked_on.is_some()
            || state.tree.any_in_lineage(old.namespace, |group| group.archived);
        if !call.viewer.can_admin_project(&state, &old) || closed {
            return Err(refuse::forbidden());
        }
        if visibility.is_some() && !call.viewer.can_own_project(&state, &old) {
            return Err(refuse::forbidden());
        }
        let mut complaints = Complaints::default();
        if let Some(name) = name.as_ref().filter(|name| **name != old.name) {
            validate::name(&state, old.namespace, name, &mut complaints);
        }
        if let Some(path) = path.as_ref().filter(|path| **path != old.path) {
            validate::path(&state, old.namespace, path, Some(old.id), &mut complaints);
        }
        validate::description(description.as_ref().and_then(Option::as_deref), &mut complaints);
        let most_open = validate::most_open(&state, old.namespace);
        if let Some(wanted) = visibility.filter(|wanted| *wanted > most_open) {
            complaints.add(
                "visibility_level",
                format!("{wanted} is not allowed in a {most_open} group."),
            );
        }
        if !complaints.is_empty() {
            return Err(refuse::complaints(&complaints));
        }
        if let Some(branch) = default_branch
            .as_ref()
            .filter(|branch| Some(*branch) != old.default_branch.as_ref())
        {
            let text = format!(
                "Could not set the default branch. Do you have a branch named '{branch}' in your repository?"
            );
            return Err(refuse::message(StatusCode::BAD_REQUEST, &text));
        }
        let mut project = Project::clone(&old);
        project.name = name.unwrap_or(project.name);
        project.path = path.unwrap_or(project.path);
        project.description = description.unwrap_or(project.description);
        project.visibility = visibility.unwrap_or(project.visibility);
        patch.apply(&mut project);
        let changed = project != *old;
        if changed {
            project.updated_at = call.now;
        }
        let project = Arc::new(project);
        state.tree.put_project(Arc::clone(&project));
        (ProjectView::of(call, &state, &project, Shape::Full), changed)
    };
    Ok(Reply::ok(&view).applied_if(changed))
}

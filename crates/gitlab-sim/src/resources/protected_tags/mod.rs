//! `/projects/:id/protected_tags` (GitLab API facts §7.8).

mod create;
mod delete;
mod list;
mod present;

use std::sync::Arc;

use crate::http::router::{Endpoint, delete, get, post};
use crate::http::{Call, Refusal, refuse};
use crate::resources::find;
use crate::state::{Project, ProtectedTag, State};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/projects/:id/protected_tags", list::list),
    post("/projects/:id/protected_tags", create::create),
    get("/projects/:id/protected_tags/:name", list::show),
    delete("/projects/:id/protected_tags/:name", delete::delete),
];

/// The project of the path, whose settings the viewer may change.
fn project(call: &Call<'_>, state: &State) -> Result<Arc<Project>, Refusal> {
    let project = find::project(call, state, call.arg(0))?;
    if call.viewer.can_admin_project(state, &project) {
        Ok(project)
    } else {
        Err(refuse::forbidden())
    }
}

/// The protection of the path, by the name as it was given.
fn find_rule(call: &Call<'_>, state: &State, project: &Project) -> Result<Arc<ProtectedTag>, Refusal> {
    let rules = &state.belongings.protected_tags;
    let found = rules.of(project.id).find(|rule| rule.name == call.arg(1));
    found.cloned().ok_or_else(refuse::row_not_found)
}

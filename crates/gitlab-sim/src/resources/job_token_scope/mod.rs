//! `/projects/:id/job_token_scope` (GitLab API facts A.8): whose job tokens a project lets in.

mod add;
mod list;
mod remove;
mod show;
mod update;

use std::sync::Arc;

use crate::http::router::{Endpoint, delete, get, patch, post};
use crate::http::{Call, Refusal, refuse};
use crate::resources::find;
use crate::state::{Project, State};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/projects/:id/job_token_scope", show::show),
    patch("/projects/:id/job_token_scope", update::update),
    get("/projects/:id/job_token_scope/allowlist", list::projects),
    post("/projects/:id/job_token_scope/allowlist", add::project),
    delete(
        "/projects/:id/job_token_scope/allowlist/:target_project_id",
        remove::project,
    ),
    get("/projects/:id/job_token_scope/groups_allowlist", list::groups),
    post("/projects/:id/job_token_scope/groups_allowlist", add::group),
    delete(
        "/projects/:id/job_token_scope/groups_allowlist/:target_group_id",
        remove::group,
    ),
];

/// The project, for its maintainers.
fn maintained(call: &Call<'_>, state: &State) -> Result<Arc<Project>, Refusal> {
    let project = find::project(call, state, call.arg(0))?;
    if call.viewer.can_admin_project(state, &project) {
        Ok(project)
    } else {
        Err(refuse::forbidden())
    }
}

/// The project, to change: not while it is archived.
fn open(call: &Call<'_>, state: &State) -> Result<Arc<Project>, Refusal> {
    let project = maintained(call, state)?;
    if state.is_closed(&project) {
        Err(refuse::forbidden())
    } else {
        Ok(project)
    }
}

/// GitLab puts the service's own words behind those of the status.
fn bad_request(text: &str) -> Refusal {
    refuse::bad_request(&format!("400 Bad request - {text}"))
}

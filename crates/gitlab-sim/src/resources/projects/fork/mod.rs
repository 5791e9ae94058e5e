//! Copies of projects that know what they are copies of (GitLab API facts §7.2.8).

mod create;
mod list;
mod relation;

use std::sync::Arc;

pub(super) use create::create;
pub(super) use list::list;
pub(super) use relation::{link, unlink};

use crate::access::AccessLevel;
use crate::http::Call;
use crate::state::{Project, State};

/// Whether the viewer may make a fork of the project: its code must be open to the viewer, and forking on.
fn may_fork(call: &Call<'_>, state: &State, project: &Project) -> bool {
    let level = call.viewer.level_on_project(state, project);
    let forking = match project.settings.forking_access_level.as_ref() {
        "disabled" => false,
        "private" => call.viewer.is_admin() || level >= Some(AccessLevel::Guest),
        _ => true,
    };
    forking && call.viewer.can_read_code(project, level)
}

/// Makes or ends the relation of a fork to what it is a fork of.
fn related(project: &Project, origin: Option<crate::ids::ProjectId>) -> Arc<Project> {
    Arc::new(Project {
        forked_from: origin,
        ..project.clone()
    })
}

use std::sync::Arc;

use crate::http::{Call, Refusal, refuse};
use crate::resources::find;
use crate::state::repository::{Commit, Repository};
use crate::state::{Project, State};

/// A project whose code the viewer may read, with its repository.
pub(super) fn readable(
    call: &Call<'_>,
    state: &State,
    reference: &str,
) -> Result<(Arc<Project>, Arc<Repository>), Refusal> {
    let project = find::project(call, state, reference)?;
    if project.settings.repository_access_level == "disabled" {
        return Err(refuse::not_found("Repository"));
    }
    if !reads_code(call, state, &project) {
        return Err(refuse::forbidden());
    }
    let repository = state.belongings.repositories.of(&project);
    Ok((project, repository))
}

/// Whether the viewer may read the project's code.
pub(in crate::resources) fn reads_code(call: &Call<'_>, state: &State, project: &Project) -> bool {
    let level = call.viewer.level_on_project(state, project);
    call.viewer.can_read_code(project, level)
}

/// A project that the viewer may push to, branches apart.
pub(super) fn writable(
    call: &Call<'_>,
    state: &State,
    reference: &str,
) -> Result<(Arc<Project>, Arc<Repository>), Refusal> {
    let (project, repository) = readable(call, state, reference)?;
    if call.viewer.can_push_code(state, &project) {
        Ok((project, repository))
    } else {
        Err(refuse::forbidden())
    }
}

/// The commit that a branch, tag or id means; the default branch when nothing is said.
pub(super) fn resolve(
    project: &Project,
    repository: &Repository,
    reference: Option<&str>,
) -> Option<Arc<Commit>> {
    let head = project.default_branch.as_deref();
    repository
        .resolve(reference.unwrap_or("HEAD"), head)
        .map(Arc::clone)
}

//! `/projects/:id/registry/repositories`: images in the container registry (GitLab API facts §5.4). They come there by
//! `docker push`, which is `POST /_sim/images` here.

mod list;
mod present;
mod remove;

use std::sync::Arc;

use crate::access::AccessLevel;
use crate::http::router::{Endpoint, delete, get};
use crate::http::{Call, Refusal, refuse};
use crate::resources::find;
use crate::state::{ImageRepository, Project, State};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/groups/:id/registry/repositories", list::of_group),
    get("/projects/:id/registry/repositories", list::of_project),
    delete(
        "/projects/:id/registry/repositories/:repository_id",
        remove::remove,
    ),
    get(
        "/projects/:id/registry/repositories/:repository_id/tags",
        list::tags,
    ),
];

/// The project of the path, whose images the viewer may see: everybody who sees it where they are as open as it is,
/// and not private; otherwise members from reporter on.
fn project(call: &Call<'_>, state: &State) -> Result<Arc<Project>, Refusal> {
    let project = find::project(call, state, call.arg(0))?;
    if sees_images(call, state, &project) {
        Ok(project)
    } else {
        Err(refuse::forbidden())
    }
}

fn sees_images(call: &Call<'_>, state: &State, project: &Project) -> bool {
    use gitlab_api::resources::Visibility;

    let registry = &project.settings.container_registry_access_level;
    if *registry == "disabled" {
        return false;
    }
    let is_open = *registry == "enabled" && project.visibility != Visibility::Private;
    is_open
        || call.viewer.is_admin()
        || call.viewer.level_on_project(state, project) >= Some(AccessLevel::Reporter)
}

/// The repository of images of the path.
fn repository(call: &Call<'_>, state: &State, project: &Project) -> Result<Arc<ImageRepository>, Refusal> {
    let id = call.arg(1).parse().ok();
    let found = id.and_then(|id| state.belongings.images.get(project.id, id));
    found.cloned().ok_or_else(|| refuse::not_found("Repository"))
}

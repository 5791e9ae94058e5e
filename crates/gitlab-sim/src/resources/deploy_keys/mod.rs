//! SSH keys that projects let in (GitLab API facts §7.18). One key may be enabled in many projects; it goes with the
//! last of them, unless it is public.

mod add;
mod enable;
mod list;
mod present;
mod remove;
mod update;

use std::sync::Arc;

use crate::http::router::{Endpoint, delete, get, post, put};
use crate::http::{Call, Refusal, refuse};
use crate::resources::find;
use crate::state::{DeployKeyAt, Key, KeyOwner, Project, State};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/deploy_keys", list::everywhere),
    post("/deploy_keys", add::public),
    get("/projects/:id/deploy_keys", list::list),
    post("/projects/:id/deploy_keys", add::to_project),
    get("/projects/:id/deploy_keys/:key_id", list::show),
    put("/projects/:id/deploy_keys/:key_id", update::update),
    delete("/projects/:id/deploy_keys/:key_id", remove::remove),
    post("/projects/:id/deploy_keys/:key_id/enable", enable::enable),
];

/// The project of the path, whose keys the viewer manages.
fn project(call: &Call<'_>, state: &State) -> Result<Arc<Project>, Refusal> {
    let project = find::project(call, state, call.arg(0))?;
    if call.viewer.can_admin_project(state, &project) {
        Ok(project)
    } else {
        Err(refuse::forbidden())
    }
}

/// The key of the path and how the project has it.
fn of_path(
    call: &Call<'_>,
    state: &State,
    project: &Project,
) -> Result<(Arc<Key>, Arc<DeployKeyAt>), Refusal> {
    let found = call.arg(1).parse().ok().and_then(|id: u64| {
        let mut places = state.belongings.deploy_keys.of(project.id);
        let place = places.find(|place| place.key == id)?;
        let key = state.belongings.keys.get(KeyOwner::Deploy, id)?;
        Some((Arc::clone(key), Arc::clone(place)))
    });
    found.ok_or_else(|| refuse::not_found("Deploy Key"))
}

/// Lets a key into a project.
fn let_in(
    call: &Call<'_>,
    state: &mut State,
    project: &Project,
    key: u64,
    can_push: bool,
) -> Arc<DeployKeyAt> {
    state.belongings.deploy_keys.add(project.id, |id| DeployKeyAt {
        id,
        key,
        project: project.id,
        can_push,
        created_at: call.now,
    })
}

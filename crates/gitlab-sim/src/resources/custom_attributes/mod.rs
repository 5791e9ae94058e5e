//! `/groups/:id/custom_attributes`, `/projects/…`, `/users/…` (GitLab API facts §10.2, A.8): notes of administrators,
//! which nobody else sees.

mod list;
mod present;
mod remove;
mod set;
mod show;

use crate::http::router::{Endpoint, delete, get, put};
use crate::http::{Call, Refusal, refuse};
use crate::resources::find;
use crate::state::{Holder, State};

pub(super) use present::{AttributeBody, attributes_of};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/groups/:id/custom_attributes", |call| list::list(call, group)),
    get("/groups/:id/custom_attributes/:key", |call| {
        show::show(call, group)
    }),
    put("/groups/:id/custom_attributes/:key", |call| set::set(call, group)),
    delete("/groups/:id/custom_attributes/:key", |call| {
        remove::remove(call, group)
    }),
    get("/projects/:id/custom_attributes", |call| {
        list::list(call, project)
    }),
    get("/projects/:id/custom_attributes/:key", |call| {
        show::show(call, project)
    }),
    put("/projects/:id/custom_attributes/:key", |call| {
        set::set(call, project)
    }),
    delete("/projects/:id/custom_attributes/:key", |call| {
        remove::remove(call, project)
    }),
    get("/users/:id/custom_attributes", |call| list::list(call, user)),
    get("/users/:id/custom_attributes/:key", |call| show::show(call, user)),
    put("/users/:id/custom_attributes/:key", |call| set::set(call, user)),
    delete("/users/:id/custom_attributes/:key", |call| {
        remove::remove(call, user)
    }),
];

/// Finds what the attributes are noted on.
type Find = fn(&Call<'_>, &State) -> Result<Holder, Refusal>;

fn group(call: &Call<'_>, state: &State) -> Result<Holder, Refusal> {
    find::group(call, state, call.arg(0)).map(|group| Holder::Group(group.id))
}

fn project(call: &Call<'_>, state: &State) -> Result<Holder, Refusal> {
    find::project(call, state, call.arg(0)).map(|project| Holder::Project(project.id))
}

fn user(call: &Call<'_>, state: &State) -> Result<Holder, Refusal> {
    find::user(state, call.arg(0)).map(|user| Holder::User(user.id))
}

/// The holder, for administrators; others learn only whether it is there.
fn holder(call: &Call<'_>, state: &State, find: Find) -> Result<Holder, Refusal> {
    let holder = find(call, state)?;
    if call.viewer.is_admin() {
        Ok(holder)
    } else {
        Err(refuse::forbidden())
    }
}

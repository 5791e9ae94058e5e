//! Asking to become a member (GitLab API facts §7.5).

mod approve;
mod ask;
mod list;
mod present;
mod remove;

use std::sync::Arc;

use crate::http::router::{Endpoint, delete, get, post, put};
use crate::http::{Refusal, refuse};
use crate::ids::UserId;
use crate::state::{AccessRequest, Source, State};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/groups/:id/access_requests", list::list),
    post("/groups/:id/access_requests", ask::ask),
    put("/groups/:id/access_requests/:user_id/approve", approve::approve),
    delete("/groups/:id/access_requests/:user_id", remove::remove),
    get("/projects/:id/access_requests", list::list),
    post("/projects/:id/access_requests", ask::ask),
    put("/projects/:id/access_requests/:user_id/approve", approve::approve),
    delete("/projects/:id/access_requests/:user_id", remove::remove),
];

/// What a user asked for there.
fn of_user(state: &State, source: Source, user: UserId) -> Option<&Arc<AccessRequest>> {
    let mut requests = state.belongings.access_requests.of(source);
    requests.find(|request| request.user == user)
}

/// As [`of_user`], for the last parameter of the route.
fn of_path(
    call: &crate::http::Call<'_>,
    state: &State,
    source: Source,
) -> Result<Arc<AccessRequest>, Refusal> {
    let user = call.arg(1).parse().map(UserId);
    let user = user.map_err(|_| refuse::invalid("user_id is invalid"))?;
    let found = of_user(state, source, user);
    found.cloned().ok_or_else(refuse::row_not_found)
}

/// Whoever became a member asks no longer.
pub(super) fn settle(state: &mut State, source: Source, user: UserId) {
    if let Some(id) = of_user(state, source, user).map(|request| request.id) {
        state.belongings.access_requests.remove(source, id);
    }
}

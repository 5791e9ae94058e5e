//! Invitations by address (GitLab API facts §7.4). An address that a user has makes a membership at once; another
//! waits until a user with it is created.

mod accept;
mod create;
mod list;
mod present;
mod remove;
mod update;

pub(super) use accept::accept;

use std::sync::Arc;

use hyper::StatusCode;

use crate::http::router::{Endpoint, delete, get, post, put};
use crate::http::{Call, Refusal, refuse};
use crate::state::{Invitation, Source, State};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/groups/:id/invitations", list::list),
    post("/groups/:id/invitations", create::create),
    put("/groups/:id/invitations/:email", update::update),
    delete("/groups/:id/invitations/:email", remove::remove),
    get("/projects/:id/invitations", list::list),
    post("/projects/:id/invitations", create::create),
    put("/projects/:id/invitations/:email", update::update),
    delete("/projects/:id/invitations/:email", remove::remove),
];

/// The levels that the API layer lets through.
const LEVELS: [i64; 8] = [5, 10, 15, 20, 25, 30, 40, 50];

/// The invitation of an address, without regard to case.
fn of_email(state: &State, source: Source, email: &str) -> Result<Arc<Invitation>, Refusal> {
    let mut rows = state.belongings.invitations.of(source);
    let found = rows.find(|row| row.email.eq_ignore_ascii_case(email));
    found
        .cloned()
        .ok_or_else(|| refuse::message(StatusCode::NOT_FOUND, "404 Not Found"))
}

/// Only those who manage members see and change invitations.
fn managed(call: &Call<'_>, state: &State, source: Source) -> Result<(), Refusal> {
    if call.viewer.can_admin_members(state, source) {
        Ok(())
    } else {
        Err(refuse::forbidden())
    }
}

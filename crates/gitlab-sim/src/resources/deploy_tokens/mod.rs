//! Tokens that clone and pull (GitLab API facts §7.18).

mod create;
mod list;
mod present;
mod remove;

use std::sync::Arc;

use crate::http::router::{Endpoint, delete, get, post};
use crate::http::{Call, Refusal, refuse};
use crate::state::{DeployToken, Source, State};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/deploy_tokens", list::everywhere),
    get("/groups/:id/deploy_tokens", list::list),
    post("/groups/:id/deploy_tokens", create::create),
    get("/groups/:id/deploy_tokens/:token_id", list::show),
    delete("/groups/:id/deploy_tokens/:token_id", remove::remove),
    get("/projects/:id/deploy_tokens", list::list),
    post("/projects/:id/deploy_tokens", create::create),
    get("/projects/:id/deploy_tokens/:token_id", list::show),
    delete("/projects/:id/deploy_tokens/:token_id", remove::remove),
];

/// Maintainers look at them and, in a project, make them; in a group owners do.
fn may_look(call: &Call<'_>, state: &State, source: Source) -> Result<(), Refusal> {
    let level = call.viewer.level_on(state, source);
    if level >= Some(crate::access::AccessLevel::Maintainer) {
        Ok(())
    } else {
        Err(refuse::forbidden())
    }
}

fn may_change(call: &Call<'_>, state: &State, source: Source) -> Result<(), Refusal> {
    if call.viewer.can_admin_members(state, source) {
        Ok(())
    } else {
        Err(refuse::forbidden())
    }
}

/// The token of the path.
fn find(call: &Call<'_>, state: &State, source: Source) -> Result<Arc<DeployToken>, Refusal> {
    let tokens = &state.belongings.deploy_tokens;
    let found = call.arg(1).parse().ok().and_then(|id| tokens.get(source, id));
    found.cloned().ok_or_else(refuse::row_not_found)
}

//! `/projects/:id/protected_branches`, and those of groups for all their projects (GitLab API facts §7.8).

mod by_default;
mod create;
mod delete;
pub(super) mod lines;
mod list;
pub(super) mod present;
mod show;
mod source;
mod update;

pub(crate) use by_default::protect as protect_default;

use crate::http::router::{Endpoint, delete, get, patch, post};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/projects/:id/protected_branches", list::list),
    post("/projects/:id/protected_branches", create::create),
    get("/projects/:id/protected_branches/:name", show::show),
    patch("/projects/:id/protected_branches/:name", update::update),
    delete("/projects/:id/protected_branches/:name", delete::delete),
    get("/groups/:id/protected_branches", list::list),
    post("/groups/:id/protected_branches", create::create),
    get("/groups/:id/protected_branches/:name", show::show),
    patch("/groups/:id/protected_branches/:name", update::update),
    delete("/groups/:id/protected_branches/:name", delete::delete),
];

//! `/groups` (GitLab API facts §7.1).

mod archive;
mod create;
mod delete;
pub(super) mod list;
mod present;
mod projects;
mod restore;
mod show;
mod update;
mod validate;

use crate::http::router::{Endpoint, delete, get, post, put};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/groups", list::all),
    post("/groups", create::create),
    get("/groups/:id", show::show),
    put("/groups/:id", update::update),
    delete("/groups/:id", delete::delete),
    post("/groups/:id/restore", restore::restore),
    post("/groups/:id/archive", archive::archive),
    post("/groups/:id/unarchive", archive::unarchive),
    get("/groups/:id/subgroups", list::subgroups),
    get("/groups/:id/descendant_groups", list::descendants),
    get("/groups/:id/projects", projects::projects),
];

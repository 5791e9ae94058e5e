//! `/groups` (GitLab API facts §7.1).

mod archive;
mod create;
mod delete;
pub(super) mod list;
pub(in crate::resources) mod present;
mod projects;
mod restore;
mod sharing;
mod show;
mod take_project;
mod transfer;
mod update;
mod validate;
mod wish;

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
    post("/groups/:id/transfer", transfer::transfer),
    get("/groups/:id/transfer_locations", transfer::locations),
    post("/groups/:id/share", sharing::share),
    delete("/groups/:id/share/:group_id", sharing::unshare),
    get("/groups/:id/groups/shared", sharing::invited_to),
    get("/groups/:id/invited_groups", sharing::invited),
    get("/groups/:id/projects", projects::projects),
    get("/groups/:id/projects/shared", projects::shared),
    post("/groups/:id/projects/:project_id", take_project::take),
];

//! `/projects` (GitLab API facts §7.2).

mod archive;
mod create;
mod delete;
mod filter;
mod fork;
mod housekeeping;
mod import;
mod import_members;
mod languages;
pub(super) mod list;
mod of_user;
pub(super) mod present;
mod public_group;
mod restore;
mod settings;
mod sharing;
mod show;
mod source;
mod stars;
mod storage;
mod team;
pub(super) mod transfer;
mod update;
mod validate;
mod wanted;

use crate::http::router::{Endpoint, delete, get, post, put};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/projects", list::all),
    post("/projects", create::create),
    post("/projects/user/:user_id", create::create_for),
    get("/projects/:id", show::show),
    put("/projects/:id", update::update),
    delete("/projects/:id", delete::delete),
    post("/projects/:id/restore", restore::restore),
    post("/projects/:id/archive", archive::archive),
    post("/projects/:id/unarchive", archive::unarchive),
    put("/projects/:id/transfer", transfer::transfer),
    get("/projects/:id/transfer_locations", transfer::locations),
    get("/projects/:id/import", import::import),
    post("/projects/:id/fork", fork::create),
    get("/projects/:id/forks", fork::list),
    post("/projects/:id/fork/:forked_from_id", fork::link),
    delete("/projects/:id/fork", fork::unlink),
    post("/projects/:id/share", sharing::share),
    delete("/projects/:id/share/:group_id", sharing::unshare),
    get("/projects/:id/share_locations", sharing::share_locations),
    get("/projects/:id/groups", sharing::groups),
    get("/projects/:id/invited_groups", sharing::invited_groups),
    post("/projects/:id/star", stars::star),
    post("/projects/:id/unstar", stars::unstar),
    get("/projects/:id/starrers", stars::starrers),
    get("/projects/:id/users", team::users),
    get("/projects/:id/languages", languages::languages),
    get("/projects/:id/storage", storage::storage),
    post("/projects/:id/housekeeping", housekeeping::housekeeping),
    post("/projects/:id/repository_size", housekeeping::repository_size),
    post(
        "/projects/:id/import_project_members/:project_id",
        import_members::import_members,
    ),
    get("/users/:id/projects", of_user::of_user),
    get("/users/:id/starred_projects", stars::starred_by),
];

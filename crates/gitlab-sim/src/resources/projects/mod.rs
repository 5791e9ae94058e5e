//! `/projects` (GitLab API facts §7.2).

mod archive;
mod create;
mod delete;
mod filter;
mod languages;
pub(super) mod list;
mod of_user;
pub(super) mod present;
mod restore;
mod settings;
mod show;
mod source;
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
    get("/projects/:id/languages", languages::languages),
    get("/users/:id/projects", of_user::of_user),
];

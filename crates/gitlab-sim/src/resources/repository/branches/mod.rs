//! `/projects/:id/repository/branches` (GitLab API facts §7.16).

mod create;
mod delete;
mod list;
mod present;
mod protect;
mod show;

pub(super) use list::found;

use super::READ;
use crate::http::router::{Endpoint, delete, get, post, put};

pub(in crate::resources) const ENDPOINTS: &[Endpoint] = &[
    get("/projects/:id/repository/branches", list::list).also(READ),
    post("/projects/:id/repository/branches", create::create),
    get("/projects/:id/repository/branches/:branch", show::show).also(READ),
    delete("/projects/:id/repository/branches/:branch", delete::delete),
    delete("/projects/:id/repository/merged_branches", delete::merged),
    put(
        "/projects/:id/repository/branches/:branch/protect",
        protect::protect,
    ),
    put(
        "/projects/:id/repository/branches/:branch/unprotect",
        protect::unprotect,
    ),
];

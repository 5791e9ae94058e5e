//! `/projects/:id/repository/files/:file_path` (GitLab API facts §7.16).

mod blame;
mod change;
mod show;

use super::READ;
use crate::http::router::{Endpoint, delete, get, post, put};

pub(in crate::resources) const ENDPOINTS: &[Endpoint] = &[
    get("/projects/:id/repository/files/:file_path", show::show).also(READ),
    get("/projects/:id/repository/files/:file_path/raw", show::raw).also(READ),
    get("/projects/:id/repository/files/:file_path/blame", blame::blame).also(READ),
    post("/projects/:id/repository/files/:file_path", change::create),
    put("/projects/:id/repository/files/:file_path", change::update),
    delete("/projects/:id/repository/files/:file_path", change::delete),
];

//! `/projects/:id/repository/tags` (GitLab API facts §7.16).

mod create;
mod delete;
mod list;
mod present;
mod show;

use super::READ;
use crate::http::router::{Endpoint, delete, get, post};

pub(in crate::resources) const ENDPOINTS: &[Endpoint] = &[
    get("/projects/:id/repository/tags", list::list).also(READ),
    post("/projects/:id/repository/tags", create::create),
    get("/projects/:id/repository/tags/:tag_name", show::show).also(READ),
    get(
        "/projects/:id/repository/tags/:tag_name/signature",
        show::signature,
    )
    .also(READ),
    delete("/projects/:id/repository/tags/:tag_name", delete::delete),
];

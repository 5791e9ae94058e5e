//! `/projects/:id/variables`, `/groups/:id/variables` and `/admin/ci/variables`: CI/CD variables, one set of rules
//! for all three (GitLab API facts §7.11).

mod create;
mod delete;
mod list;
mod owner;
mod present;
mod show;
mod update;
mod validate;

use crate::http::router::{Endpoint, delete, get, post, put};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/admin/ci/variables", list::list),
    post("/admin/ci/variables", create::create),
    get("/admin/ci/variables/:key", show::show),
    put("/admin/ci/variables/:key", update::update),
    delete("/admin/ci/variables/:key", delete::delete),
    get("/groups/:id/variables", list::list),
    post("/groups/:id/variables", create::create),
    get("/groups/:id/variables/:key", show::show),
    put("/groups/:id/variables/:key", update::update),
    delete("/groups/:id/variables/:key", delete::delete),
    get("/projects/:id/variables", list::list),
    post("/projects/:id/variables", create::create),
    get("/projects/:id/variables/:key", show::show),
    put("/projects/:id/variables/:key", update::update),
    delete("/projects/:id/variables/:key", delete::delete),
];

//! `/projects/:id/push_rule` and `/groups/:id/push_rule` (GitLab API facts §7.9).

mod change;
mod delete;
pub(super) mod enforce;
mod inherit;
mod present;
mod show;
mod source;

pub(super) use inherit::inherit;

use crate::http::router::{Endpoint, delete, get, post, put};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/projects/:id/push_rule", show::show),
    post("/projects/:id/push_rule", change::create),
    put("/projects/:id/push_rule", change::update),
    delete("/projects/:id/push_rule", delete::delete),
    get("/groups/:id/push_rule", show::show),
    post("/groups/:id/push_rule", change::create),
    put("/groups/:id/push_rule", change::update),
    delete("/groups/:id/push_rule", delete::delete),
];

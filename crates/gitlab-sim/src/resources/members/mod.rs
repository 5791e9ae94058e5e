//! `/groups/:id/members` and `/projects/:id/members`: one set of rules for both (GitLab API facts §7.3).

mod add;
mod billable;
mod directory;
mod list;
pub(super) mod present;
mod remove;
pub(super) mod rules;
mod show;
mod source;
mod update;

use crate::http::router::{Endpoint, delete, get, post, put};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/groups/:id/members", list::direct),
    post("/groups/:id/members", add::add),
    get("/groups/:id/members/all", list::all),
    get("/groups/:id/members/all/:user_id", show::effective),
    get("/groups/:id/members/:user_id", show::direct),
    put("/groups/:id/members/:user_id", update::update),
    delete("/groups/:id/members/:user_id", remove::remove),
    post("/groups/:id/members/:user_id/override", directory::overrule),
    delete("/groups/:id/members/:user_id/override", directory::follow),
    get("/groups/:id/billable_members", billable::list),
    get("/groups/:id/pending_members", billable::pending),
    get("/projects/:id/members", list::direct),
    post("/projects/:id/members", add::add),
    get("/projects/:id/members/all", list::all),
    get("/projects/:id/members/all/:user_id", show::effective),
    get("/projects/:id/members/:user_id", show::direct),
    put("/projects/:id/members/:user_id", update::update),
    delete("/projects/:id/members/:user_id", remove::remove),
];

//! `/personal_access_tokens` (GitLab API facts §1.3).

mod create;
mod list;
mod present;
mod revoke;
mod show;

use crate::http::router::{Endpoint, delete, get, post};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/personal_access_tokens", list::list),
    get("/personal_access_tokens/self", show::own).also(&["*"]),
    delete("/personal_access_tokens/self", revoke::own).also(&["*"]),
    get("/personal_access_tokens/:id", show::one),
    delete("/personal_access_tokens/:id", revoke::one),
    post("/users/:id/personal_access_tokens", create::create),
];

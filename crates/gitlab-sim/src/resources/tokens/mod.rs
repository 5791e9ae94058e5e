//! `/personal_access_tokens` and the tokens an administrator makes for others (GitLab API facts §1.2, §1.3, A.1).

mod associations;
mod create;
mod impersonation;
mod list;
pub(super) mod make;
pub(super) mod present;
mod revoke;
pub(super) mod rotate;
pub(super) mod select;
mod show;

use crate::http::router::{Endpoint, delete, get, post};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/personal_access_tokens", list::list),
    get("/personal_access_tokens/self", show::own).also(&["*"]),
    delete("/personal_access_tokens/self", revoke::own).also(&["*"]),
    post("/personal_access_tokens/self/rotate", rotate::own).also(&["self_rotate"]),
    get(
        "/personal_access_tokens/self/associations",
        associations::associations,
    )
    .also(&["*"]),
    get("/personal_access_tokens/:id", show::one),
    delete("/personal_access_tokens/:id", revoke::one),
    post("/personal_access_tokens/:id/rotate", rotate::one),
    post("/users/:id/personal_access_tokens", create::for_user),
    post("/user/personal_access_tokens", create::for_oneself),
    get("/users/:id/impersonation_tokens", impersonation::list),
    post("/users/:id/impersonation_tokens", impersonation::create),
    get("/users/:id/impersonation_tokens/:token_id", impersonation::show),
    delete("/users/:id/impersonation_tokens/:token_id", impersonation::revoke),
];

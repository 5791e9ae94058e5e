//! Accounts for machines, of the instance or of a top-level group (Premium; GitLab API facts §7.6, A.8).

mod group;
mod instance;
mod make;
mod present;
mod tokens;

use crate::http::router::{Endpoint, delete, get, patch, post};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/service_accounts", instance::list),
    post("/service_accounts", instance::create),
    patch("/service_accounts/:user_id", instance::update),
    get("/groups/:id/service_accounts", group::list),
    post("/groups/:id/service_accounts", group::create),
    patch("/groups/:id/service_accounts/:user_id", group::update),
    delete("/groups/:id/service_accounts/:user_id", group::remove),
    get(
        "/groups/:id/service_accounts/:user_id/personal_access_tokens",
        tokens::list,
    ),
    post(
        "/groups/:id/service_accounts/:user_id/personal_access_tokens",
        tokens::create,
    ),
    delete(
        "/groups/:id/service_accounts/:user_id/personal_access_tokens/:token_id",
        tokens::revoke,
    ),
    post(
        "/groups/:id/service_accounts/:user_id/personal_access_tokens/:token_id/rotate",
        tokens::rotate,
    ),
];

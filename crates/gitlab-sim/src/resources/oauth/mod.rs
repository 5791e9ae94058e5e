//! GitLab as an OAuth 2 provider (GitLab API facts §1.6): pages for people, calls for clients, and an
//! administrator's list of clients.

mod applications;
mod authorize;
mod client;
mod code;
mod device;
mod discovery;
mod home;
mod info;
mod page;
mod preauthorize;
mod redirect;
mod refuse;
mod revoke;
mod session;
mod sign_in;
mod token;
mod tokens;
mod userinfo;

use crate::http::router::{Endpoint, delete, get, post};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/applications", applications::list),
    post("/applications", applications::create),
    delete("/applications/:id", applications::remove),
    post("/applications/:id/renew-secret", applications::renew),
    get("/", home::show).of_site().unguarded(),
    get("/users/sign_in", sign_in::show).of_site().unguarded(),
    post("/users/sign_in", sign_in::sign_in).of_site().unguarded(),
    post("/users/sign_out", sign_in::sign_out).of_site().unguarded(),
    get("/oauth/authorize", authorize::show).of_site().unguarded(),
    post("/oauth/authorize", authorize::decide).of_site().unguarded(),
    delete("/oauth/authorize", authorize::deny).of_site().unguarded(),
    post("/oauth/authorize_device", device::begin)
        .of_site()
        .unguarded(),
    get("/oauth/device", device::show).of_site().unguarded(),
    post("/oauth/device", device::decide).of_site().unguarded(),
    post("/oauth/token", token::give).of_site().unguarded(),
    post("/oauth/revoke", revoke::revoke).of_site().unguarded(),
    get("/oauth/token/info", info::show).of_site().unguarded(),
    get("/oauth/userinfo", userinfo::show).of_site().unguarded(),
    post("/oauth/userinfo", userinfo::show).of_site().unguarded(),
    get("/oauth/discovery/keys", discovery::keys)
        .of_site()
        .unguarded(),
    get("/.well-known/openid-configuration", discovery::configuration)
        .of_site()
        .unguarded(),
];

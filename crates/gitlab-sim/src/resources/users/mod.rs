//! `/user` and `/users` (GitLab API facts §1.4, §7.6, A.1).

mod block;
mod create;
mod list;
pub(super) mod present;
mod show;
mod update;

use crate::http::router::{Endpoint, get, post, put};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/user", show::current).also(&["read_user"]),
    get("/users", list::list).also(&["read_user"]),
    post("/users", create::create),
    get("/users/:id", show::one).also(&["read_user"]),
    put("/users/:id", update::update),
    post("/users/:id/block", block::block),
    post("/users/:id/unblock", block::unblock),
];

//! `/user` and `/users` (GitLab API facts §1.4, §7.6, A.1).

mod block;
mod create;
mod delete;
mod list;
pub(super) mod present;
mod show;
mod update;

use crate::http::router::{Endpoint, delete, get, post, put};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/user", show::current).also(&["read_user"]),
    get("/users", list::list).also(&["read_user"]),
    post("/users", create::create),
    get("/users/:id", show::one).also(&["read_user"]),
    put("/users/:id", update::update),
    delete("/users/:id", delete::delete),
    post("/users/:id/block", block::block),
    post("/users/:id/unblock", block::unblock),
    post("/users/:id/ban", block::ban),
    post("/users/:id/unban", block::unban),
    post("/users/:id/deactivate", block::deactivate),
    post("/users/:id/activate", block::activate),
];

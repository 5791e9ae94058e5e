//! `/user` and `/users` (GitLab API facts §1.4, §7.6, A.1).

mod associations;
mod block;
mod create;
mod delete;
mod emails;
mod filter;
mod identities;
mod list;
mod memberships;
mod preferences;
pub(super) mod present;
mod review;
mod show;
mod status;
mod traits;
mod update;

pub(crate) use delete::remove;

use crate::http::router::{Endpoint, delete, get, patch, post, put};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/user", show::current).also(&["read_user"]),
    get("/user/status", status::own).also(&["read_user"]),
    put("/user/status", status::set),
    patch("/user/status", status::patch),
    get("/user/preferences", preferences::show).also(&["read_user"]),
    put("/user/preferences", preferences::update),
    get("/user/emails", emails::own).also(&["read_user"]),
    post("/user/emails", emails::add_own),
    get("/user/emails/:email_id", emails::show_own).also(&["read_user"]),
    delete("/user/emails/:email_id", emails::remove_own),
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
    post("/users/:id/approve", review::approve),
    post("/users/:id/reject", review::reject),
    get("/users/:id/status", status::of_user).also(&["read_user"]),
    get("/users/:id/memberships", memberships::list).also(&["read_user"]),
    get("/users/:id/associations_count", associations::count).also(&["read_user"]),
    get("/users/:id/emails", emails::list).also(&["read_user"]),
    post("/users/:id/emails", emails::add),
    delete("/users/:id/emails/:email_id", emails::remove),
    delete("/users/:id/identities/:provider", identities::remove),
];

//! Public keys of users: SSH and GPG (GitLab API facts §7.6, A.1).

mod add;
pub(super) mod blob;
mod find_any;
mod gpg;
mod list;
pub(super) mod present;
mod remove;
mod show;

use crate::http::router::{Endpoint, delete, get, post};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/keys", find_any::by_fingerprint),
    get("/keys/:id", find_any::by_id),
    get("/user/keys", list::own).also(&["read_user"]),
    post("/user/keys", add::own),
    get("/user/keys/:key_id", show::own).also(&["read_user"]),
    delete("/user/keys/:key_id", remove::own),
    get("/users/:id/keys", list::of_user).also(&["read_user"]),
    post("/users/:id/keys", add::for_user),
    get("/users/:id/keys/:key_id", show::of_user).also(&["read_user"]),
    delete("/users/:id/keys/:key_id", remove::of_user),
    get("/user/gpg_keys", gpg::list_own).also(&["read_user"]),
    post("/user/gpg_keys", gpg::add_own),
    get("/user/gpg_keys/:key_id", gpg::show_own).also(&["read_user"]),
    delete("/user/gpg_keys/:key_id", gpg::remove_own),
    post("/user/gpg_keys/:key_id/revoke", gpg::revoke_own),
    get("/users/:id/gpg_keys", gpg::list).also(&["read_user"]),
    post("/users/:id/gpg_keys", gpg::add),
    get("/users/:id/gpg_keys/:key_id", gpg::show).also(&["read_user"]),
    delete("/users/:id/gpg_keys/:key_id", gpg::remove),
    post("/users/:id/gpg_keys/:key_id/revoke", gpg::revoke),
];

//! `/hooks`, `/groups/:id/hooks` and `/projects/:id/hooks` (GitLab API facts §7.17). What they are told is in
//! `crate::hooks`.

mod address;
mod create;
mod delete;
mod events;
mod list;
mod owner;
mod parts;
mod present;
mod resend;
mod show;
mod test;
mod update;
mod wanted;

use crate::http::router::{Endpoint, delete, get, post, put};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/hooks", list::list),
    post("/hooks", create::create),
    get("/hooks/:hook_id", show::show),
    put("/hooks/:hook_id", update::update),
    post("/hooks/:hook_id", test::system),
    delete("/hooks/:hook_id", delete::delete),
    put("/hooks/:hook_id/url_variables/:key", parts::put_url_variable),
    delete("/hooks/:hook_id/url_variables/:key", parts::delete_url_variable),
    put("/hooks/:hook_id/custom_headers/:key", parts::put_header),
    delete("/hooks/:hook_id/custom_headers/:key", parts::delete_header),
    get("/groups/:id/hooks", list::list),
    post("/groups/:id/hooks", create::create),
    get("/groups/:id/hooks/:hook_id", show::show),
    put("/groups/:id/hooks/:hook_id", update::update),
    delete("/groups/:id/hooks/:hook_id", delete::delete),
    get("/groups/:id/hooks/:hook_id/events", events::list),
    post(
        "/groups/:id/hooks/:hook_id/events/:event_id/resend",
        resend::resend,
    ),
    post("/groups/:id/hooks/:hook_id/test/:trigger", test::test),
    put(
        "/groups/:id/hooks/:hook_id/url_variables/:key",
        parts::put_url_variable,
    ),
    delete(
        "/groups/:id/hooks/:hook_id/url_variables/:key",
        parts::delete_url_variable,
    ),
    put(
        "/groups/:id/hooks/:hook_id/custom_headers/:key",
        parts::put_header,
    ),
    delete(
        "/groups/:id/hooks/:hook_id/custom_headers/:key",
        parts::delete_header,
    ),
    get("/projects/:id/hooks", list::list),
    post("/projects/:id/hooks", create::create),
    get("/projects/:id/hooks/:hook_id", show::show),
    put("/projects/:id/hooks/:hook_id", update::update),
    delete("/projects/:id/hooks/:hook_id", delete::delete),
    get("/projects/:id/hooks/:hook_id/events", events::list),
    post(
        "/projects/:id/hooks/:hook_id/events/:event_id/resend",
        resend::resend,
    ),
    post("/projects/:id/hooks/:hook_id/test/:trigger", test::test),
    put(
        "/projects/:id/hooks/:hook_id/url_variables/:key",
        parts::put_url_variable,
    ),
    delete(
        "/projects/:id/hooks/:hook_id/url_variables/:key",
        parts::delete_url_variable,
    ),
    put(
        "/projects/:id/hooks/:hook_id/custom_headers/:key",
        parts::put_header,
    ),
    delete(
        "/projects/:id/hooks/:hook_id/custom_headers/:key",
        parts::delete_header,
    ),
];

//! `/projects/:id/repository/commits` (GitLab API facts §7.16).

mod apply;
mod comments;
mod create;
mod list;
pub(super) mod present;
mod show;
mod statuses;

use super::READ;
use crate::http::router::{Endpoint, get, post};

pub(in crate::resources) const ENDPOINTS: &[Endpoint] = &[
    get("/projects/:id/repository/commits", list::list).also(READ),
    post("/projects/:id/repository/commits", create::create),
    get("/projects/:id/repository/commits/:sha", show::show).also(READ),
    get("/projects/:id/repository/commits/:sha/diff", show::diff).also(READ),
    get("/projects/:id/repository/commits/:sha/refs", show::refs).also(READ),
    get("/projects/:id/repository/commits/:sha/sequence", show::sequence).also(READ),
    get("/projects/:id/repository/commits/:sha/signature", show::signature).also(READ),
    get(
        "/projects/:id/repository/commits/:sha/merge_requests",
        show::merge_requests,
    ),
    post(
        "/projects/:id/repository/commits/:sha/cherry_pick",
        apply::cherry_pick,
    ),
    post("/projects/:id/repository/commits/:sha/revert", apply::revert),
    get("/projects/:id/repository/commits/:sha/comments", comments::list),
    post("/projects/:id/repository/commits/:sha/comments", comments::create),
    get("/projects/:id/repository/commits/:sha/statuses", statuses::list),
    post("/projects/:id/statuses/:sha", statuses::create),
];

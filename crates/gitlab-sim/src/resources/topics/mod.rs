//! `/topics` (GitLab API facts §7.20). Everyone may look; administrators make, change, merge and remove them.

mod create;
mod delete;
mod list;
mod merge;
mod present;
mod show;
mod update;

use std::sync::Arc;

use crate::http::router::{Endpoint, delete, get, post, put};
use crate::http::{Refusal, refuse};
use crate::state::{State, Topic};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/topics", list::list),
    post("/topics", create::create),
    post("/topics/merge", merge::merge),
    get("/topics/:id", show::show),
    put("/topics/:id", update::update),
    delete("/topics/:id", delete::delete),
];

/// The topic of that id.
fn find(state: &State, id: u64) -> Result<Arc<Topic>, Refusal> {
    let topic = state.belongings.topics.get(id);
    topic.cloned().ok_or_else(refuse::row_not_found)
}

/// The topic that the path names. What is no number is refused by the API layer.
fn find_in_path(state: &State, id: &str) -> Result<Arc<Topic>, Refusal> {
    find(state, id.parse().map_err(|_| refuse::invalid("id is invalid"))?)
}

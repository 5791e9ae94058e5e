//! `/namespaces` (GitLab API facts §7.7).

mod exists;
mod list;
pub(super) mod present;
mod show;

use crate::http::router::{Endpoint, get};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/namespaces", list::list),
    get("/namespaces/:id", show::show),
    get("/namespaces/:id/exists", exists::exists),
];

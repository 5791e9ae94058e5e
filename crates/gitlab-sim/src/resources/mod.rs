//! GitLab's resources, one folder each: what they look like (`present`), and one file per verb.
//!
//! A new endpoint is a file and a line in its folder's `ENDPOINTS`; a new resource is also a line here.

mod find;
mod groups;
mod members;
mod namespaces;
mod projects;
mod tokens;
mod users;
mod version;

use crate::http::router::Endpoint;

/// Every endpoint there is.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    [
        version::ENDPOINTS,
        users::ENDPOINTS,
        tokens::ENDPOINTS,
        namespaces::ENDPOINTS,
        groups::ENDPOINTS,
        projects::ENDPOINTS,
        members::ENDPOINTS,
    ]
    .concat()
}

/// Whether text holds what was searched for, without regard to case. The empty search finds everything.
fn holds(text: &str, searched: &str) -> bool {
    text.to_lowercase().contains(&searched.to_lowercase())
}

//! GitLab's resources, one folder each: what they look like (`present`), and one file per verb.
//!
//! A new endpoint is a file and a line in its folder's `ENDPOINTS`; a new resource is also a line here.

mod avatar;
mod badges;
mod custom_attributes;
mod features;
mod find;
mod groups;
mod labels;
mod job_token_scope;
mod members;
mod namespaces;
mod notification_settings;
mod projects;
mod search;
mod settings;
mod templates;
mod tokens;
mod topics;
mod users;
mod variables;
mod version;

use crate::http::router::Endpoint;
use crate::state::Search;

/// Every endpoint there is.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    [
        version::ENDPOINTS,
        crate::graphql::ENDPOINTS,
        settings::ENDPOINTS,
        variables::ENDPOINTS,
        labels::ENDPOINTS,
        users::ENDPOINTS,
        tokens::ENDPOINTS,
        namespaces::ENDPOINTS,
        groups::ENDPOINTS,
        custom_attributes::ENDPOINTS,
        features::ENDPOINTS,
        projects::ENDPOINTS,
        members::ENDPOINTS,
        custom_attributes::ENDPOINTS,
        notification_settings::ENDPOINTS,
        search::ENDPOINTS,
        templates::ENDPOINTS,
        badges::ENDPOINTS,
        topics::ENDPOINTS,
        job_token_scope::ENDPOINTS,
    ]
    .concat()
}

/// What a path or name gets while deletion is scheduled, so that the old one is free at once.
fn deletion_suffix(id: u64) -> String {
    format!("-deletion_scheduled-{id}")
}

/// Whether a text is found; for many texts make the [`Search`] once.
fn holds(text: &str, searched: &str) -> bool {
    Search::new(searched).finds(text)
}

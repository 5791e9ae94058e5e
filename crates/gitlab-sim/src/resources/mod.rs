//! GitLab's resources, one folder each: what they look like (`present`), and one file per verb.
//!
//! A new endpoint is a file and a line in its folder's `ENDPOINTS`; a new resource is also a line here.

mod access_requests;
mod access_tokens;
mod avatar;
mod badges;
mod custom_attributes;
mod deploy_keys;
mod deploy_tokens;
mod features;
mod find;
mod groups;
mod invitations;
mod job_token_scope;
mod keys;
mod labels;
mod members;
mod namespaces;
mod notification_settings;
mod projects;
mod search;
mod service_accounts;
mod settings;
mod templates;
mod tokens;
mod topics;
mod users;
mod variables;
mod version;

use crate::http::router::Endpoint;
use crate::state::Search;
pub(crate) use users::remove as remove_user;

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
        avatar::ENDPOINTS,
        custom_attributes::ENDPOINTS,
        features::ENDPOINTS,
        projects::ENDPOINTS,
        members::ENDPOINTS,
        notification_settings::ENDPOINTS,
        search::ENDPOINTS,
        templates::ENDPOINTS,
        badges::ENDPOINTS,
        topics::ENDPOINTS,
        job_token_scope::ENDPOINTS,
        invitations::ENDPOINTS,
        access_requests::ENDPOINTS,
        access_tokens::ENDPOINTS,
        deploy_tokens::ENDPOINTS,
        deploy_keys::ENDPOINTS,
        keys::ENDPOINTS,
        service_accounts::ENDPOINTS,
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

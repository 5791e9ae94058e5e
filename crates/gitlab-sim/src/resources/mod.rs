//! GitLab's resources, one folder each: what they look like (`present`), and one file per verb.
//!
//! A new endpoint is a file and a line in its folder's `ENDPOINTS`; a new resource is also a line here.

mod access_requests;
mod access_tokens;
mod approvals;
mod avatar;
mod badges;
mod custom_attributes;
mod deploy_keys;
mod deploy_tokens;
mod features;
mod find;
mod groups;
mod hooks;
mod invitations;
mod job_token_scope;
mod keys;
mod labels;
mod license;
mod members;
mod namespaces;
mod notification_settings;
mod oauth;
mod packages;
mod projects;
pub(crate) mod protected_branches;
mod protected_tags;
mod push_rules;
mod registry;
mod repository;
mod search;
mod service_accounts;
mod settings;
mod statistics;
mod templates;
mod tokens;
mod topics;
mod users;
mod variables;
mod version;

use crate::http::router::Endpoint;
use crate::state::Search;
pub(crate) use protected_branches::present::description as who_is_allowed;
pub(crate) use users::remove as remove_user;

/// Every endpoint there is.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    [
        version::ENDPOINTS,
        crate::graphql::ENDPOINTS,
        settings::ENDPOINTS,
        variables::ENDPOINTS,
        labels::ENDPOINTS,
        hooks::ENDPOINTS,
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
        statistics::ENDPOINTS,
        license::ENDPOINTS,
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
        repository::ENDPOINTS,
        repository::branches::ENDPOINTS,
        repository::commits::ENDPOINTS,
        repository::files::ENDPOINTS,
        repository::tags::ENDPOINTS,
        protected_branches::ENDPOINTS,
        protected_tags::ENDPOINTS,
        push_rules::ENDPOINTS,
        registry::ENDPOINTS,
        packages::ENDPOINTS,
        approvals::ENDPOINTS,
        oauth::ENDPOINTS,
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fmt::Write;

    use super::*;
    use crate::http::router::Root;

    /// Every route by its first word, as a page for people.
    fn page() -> String {
        let mut by_noun: BTreeMap<&str, BTreeMap<String, Vec<&str>>> = BTreeMap::new();
        for endpoint in endpoints() {
            let root = match endpoint.root {
                Root::Api => "/api/v4",
                Root::Site => "",
            };
            let noun = endpoint.pattern.split('/').nth(1).unwrap_or_default();
            let routes = by_noun.entry(noun).or_default();
            let verbs = routes.entry(format!("{root}{}", endpoint.pattern)).or_default();
            verbs.push(endpoint.verb.as_str());
        }
        let mut page = "# Routes of the simulator\n\nMade from the router. Every other route answers as GitLab \
                        answers one it does not have, and is\ncounted as `unimplemented` in `GET /_sim/stats`.\n"
            .to_owned();
        for (noun, routes) in by_noun {
            let _ = write!(page, "\n## {noun}\n\n| route | verbs |\n|---|---|\n");
            for (route, mut verbs) in routes {
                verbs.sort_unstable();
                let _ = writeln!(page, "| `{route}` | {} |", verbs.join(", "));
            }
        }
        page
    }

    #[test]
    fn the_page_of_routes_is_up_to_date() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/simulator-routes.md");
        if std::env::var_os("UPDATE_GENERATED").is_some() {
            std::fs::write(file, page()).unwrap();
        }
        let present = std::fs::read_to_string(file).unwrap_or_default();
        assert!(
            present == page(),
            "docs/simulator-routes.md is not up to date; run `UPDATE_GENERATED=1 cargo test -p gitlab-sim --lib routes`"
        );
    }
}

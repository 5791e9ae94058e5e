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

/// What a path or name gets while deletion is scheduled, so that the old one is free at once.
fn deletion_suffix(id: u64) -> String {
    format!("-deletion_scheduled-{id}")
}

/// Whether text holds what was searched for, without regard to case. The empty search finds everything.
fn holds(text: &str, searched: &str) -> bool {
    if searched.is_empty() {
        return true;
    }
    if text.is_ascii() && searched.is_ascii() {
        // Most texts are, and a search looks at many.
        let windows = text.as_bytes().windows(searched.len());
        return windows
            .into_iter()
            .any(|window| window.eq_ignore_ascii_case(searched.as_bytes()));
    }
    text.to_lowercase().contains(&searched.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_looks_past_case_in_every_script() {
        assert!(holds("Payment Gateway", "GATE"));
        assert!(holds("Straße ÜBER Köln", "über"));
        assert!(holds("anything", "") && holds("", ""));
        assert!(!holds("ab", "abc") && !holds("", "a"));
    }
}

use gitlab_api::page::Links;
use gitlab_client::passthrough::{rewrite_links, rewrite_location};

const FROM: &str = "https://gitlab.test/sub/api/v4";
const TO: &str = "https://bulk.test/api/gitlab";

/// `Link` and `Location` as GitLab sends them.
pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let _ = Links::parse(text);
    if let Some(links) = rewrite_links(text, FROM, TO) {
        assert!(links.contains(TO), "{links}");
        // No target appears or goes, and no line begins that was not there.
        for mark in ['<', '>'] {
            assert_eq!(links.matches(mark).count(), text.matches(mark).count(), "{links}");
        }
        assert!(
            links.matches(['\r', '\n']).count() <= text.matches(['\r', '\n']).count(),
            "{links:?}"
        );
        assert_eq!(
            rewrite_links(&links, FROM, TO),
            None,
            "{links} is rewritten twice"
        );
    }
    if let Some(location) = rewrite_location(text, FROM, TO) {
        let rest = location.strip_prefix(TO).expect("leads to us");
        assert!(
            rest.is_empty() || rest.starts_with(['/', '?']),
            "{location} leads elsewhere"
        );
    }
}

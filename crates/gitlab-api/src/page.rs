//! How GitLab links the pages of a list: the `Link` header of RFC 8288 (GitLab API facts §3).
//!
//! A client follows `next` as it is given. Keyset lists send nothing but `next`; offset lists send `first`
//! always, `last` only below 10,000 rows.

use std::fmt::{self, Display};

/// `per_page` when a request does not say.
pub const DEFAULT_PER_PAGE: u32 = 20;

/// The largest page GitLab gives; a larger `per_page` is lowered to this without an error.
pub const MAX_PER_PAGE: u32 = 100;

/// Above this many rows an offset list says neither `X-Total` nor `X-Total-Pages` nor `rel="last"`.
pub const COUNTED_ROWS: u64 = 10_000;

/// `page * per_page` above this is refused where the list could be walked by keyset.
pub const OFFSET_CAP: u64 = 50_000;

/// The addresses of the neighbouring pages, absolute, as GitLab wrote them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    pub prev: Option<String>,
    pub next: Option<String>,
    pub first: Option<String>,
    pub last: Option<String>,
}

impl Links {
    /// Reads a `Link` header. Relations other than the four are passed over, and so is what is not a link.
    pub fn parse(header: &str) -> Self {
        let mut links = Self::default();
        let mut rest = header;
        while let Some(open) = rest.find('<') {
            let Some(close) = rest[open..].find('>').map(|at| open + at) else {
                break;
            };
            let target = &rest[open + 1..close];
            // Parameters run to the comma before the next `<`: a quoted value may hold commas of its own.
            let after = &rest[close + 1..];
            let end = after.find('<').unwrap_or(after.len());
            if let Some(slot) = relation(&after[..end]).and_then(|name| links.slot(name)) {
                slot.get_or_insert_with(|| target.to_owned());
            }
            rest = &after[end..];
        }
        links
    }

    /// True when there is nothing to send.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn slot(&mut self, relation: &str) -> Option<&mut Option<String>> {
        match relation {
            "prev" => Some(&mut self.prev),
            "next" => Some(&mut self.next),
            "first" => Some(&mut self.first),
            "last" => Some(&mut self.last),
            _ => None,
        }
    }
}

/// The header's text, in GitLab's order: prev, next, first, last.
impl Display for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [
            ("prev", &self.prev),
            ("next", &self.next),
            ("first", &self.first),
            ("last", &self.last),
        ];
        let mut separator = "";
        for (relation, target) in all {
            if let Some(target) = target {
                write!(f, "{separator}<{target}>; rel=\"{relation}\"")?;
                separator = ", ";
            }
        }
        Ok(())
    }
}

fn relation(parameters: &str) -> Option<&str> {
    parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        if !name.trim().eq_ignore_ascii_case("rel") {
            return None;
        }
        Some(value.trim().trim_end_matches(',').trim().trim_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_header_of_gitlab_is_read() {
        let links = Links::parse(
            "<https://gitlab.example.com/api/v4/groups?page=1&per_page=100>; rel=\"prev\", \
             <https://gitlab.example.com/api/v4/groups?page=3&per_page=100>; rel=\"next\", \
             <https://gitlab.example.com/api/v4/groups?page=1&per_page=100>; rel=\"first\"",
        );
        assert_eq!(
            links.next.as_deref(),
            Some("https://gitlab.example.com/api/v4/groups?page=3&per_page=100")
        );
        assert_eq!(
            links.prev.as_deref(),
            Some("https://gitlab.example.com/api/v4/groups?page=1&per_page=100")
        );
        assert_eq!(links.last, None);
    }

    #[test]
    fn other_relations_commas_in_addresses_and_unquoted_names_do_no_harm() {
        let links =
            Links::parse("<https://x/?a=1,2>; title=\"one, two\"; rel=next, <https://x/up>; rel=\"up\"");
        assert_eq!(links.next.as_deref(), Some("https://x/?a=1,2"));
        assert_eq!(links.prev, None);
    }

    #[test]
    fn what_is_no_link_header_gives_no_links() {
        for text in ["", "nonsense", "<unclosed", "<a>", "<a>; rel", ">; rel=\"next\""] {
            assert!(Links::parse(text).is_empty(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            prev in proptest::option::of("https://[a-z]{1,8}/[a-z0-9?=&%_,;]{0,20}"),
            next in proptest::option::of("https://[a-z]{1,8}/[a-z0-9?=&%_,;]{0,20}"),
            last in proptest::option::of("https://[a-z]{1,8}/[a-z0-9?=&%_,;]{0,20}"),
        ) {
            let links = Links { prev, next, first: Some("https://x/first".to_owned()), last };
            prop_assert_eq!(Links::parse(&links.to_string()), links);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = Links::parse(&text);
        }
    }
}

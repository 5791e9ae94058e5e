//! What may be kept, and what may be answered from what was kept.

use http::header::{
    CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH, IF_UNMODIFIED_SINCE, PRAGMA, RANGE, VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use crate::proxy::address::Address;

/// Request headers of which the key has the value, or that never reach GitLab, or that are the credential's.
const KNOWN_TO_VARY: [&str; 8] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "authorization",
    "cookie",
    "origin",
    "private-token",
    "sudo",
];

/// Whether an answer to this request may be kept, or come from what was kept.
///
/// `Sudo` makes another user of the same credential. What GitLab's workers move along by themselves is asked for
/// again and again until it has changed.
pub(super) fn is_plain(method: &Method, headers: &HeaderMap, address: &Address<'_>) -> bool {
    let conditional = [RANGE, IF_MATCH, IF_UNMODIFIED_SINCE];
    method == Method::GET
        && !conditional.iter().any(|name| headers.contains_key(name))
        && !headers.contains_key("sudo")
        && !has_word(headers, "no-store")
        && !moves_by_itself(address)
}

fn moves_by_itself(address: &Address<'_>) -> bool {
    const MOVING: [&str; 10] = [
        "export",
        "export_relations",
        "import",
        "jobs",
        "pipelines",
        "bulk_imports",
        "entities",
        "housekeeping",
        // Lists of other groups, below a project.
        "share_locations",
        "transfer_locations",
    ];
    address.rest().iter().any(|segment| MOVING.contains(segment))
}

/// Whether an answer may be kept once its body turns out to be small and complete.
pub(super) fn may_keep(status: StatusCode, headers: &HeaderMap) -> bool {
    let is_json = headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    status == StatusCode::OK && is_json && !has_word(headers, "no-store") && varies_as_known(headers)
}

fn varies_as_known(headers: &HeaderMap) -> bool {
    words(headers, &VARY).all(|word| KNOWN_TO_VARY.iter().any(|known| word.eq_ignore_ascii_case(known)))
}

/// Whether the client wants GitLab asked anew. What it then answers is kept.
pub(in crate::proxy) fn wants_fresh(request: &HeaderMap) -> bool {
    has_word(request, "no-cache")
        || has_word(request, "max-age=0")
        || words(request, &PRAGMA).any(|word| word.eq_ignore_ascii_case("no-cache"))
}

/// Whether the client has the answer with these headers already.
pub(crate) fn has_it(request: &HeaderMap, kept: &HeaderMap) -> bool {
    let Some(tag) = kept.get(ETAG) else {
        return false;
    };
    let tag = tag.as_bytes().trim_ascii();
    // Any answer is meant by a star that stands alone (RFC 9110 §13.1.2), not by one between the commas of a tag.
    let any = |value: &HeaderValue| value.as_bytes().trim_ascii() == b"*";
    request.get_all(IF_NONE_MATCH).iter().any(any)
        || words(request, &IF_NONE_MATCH).any(|known| weak(known.as_bytes()) == weak(tag))
}

fn weak(tag: &[u8]) -> &[u8] {
    tag.strip_prefix(b"W/").unwrap_or(tag)
}

fn has_word(headers: &HeaderMap, wanted: &str) -> bool {
    words(headers, &CACHE_CONTROL).any(|word| word.eq_ignore_ascii_case(wanted))
}

fn words<'a>(headers: &'a HeaderMap, name: &http::HeaderName) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, value.parse().unwrap());
        }
        map
    }

    #[test]
    fn only_plain_reads_of_what_stays_put_are_kept() {
        let plain = |method: Method, pairs: &[(&'static str, &'static str)], path: &str| {
            is_plain(&method, &headers(pairs), &Address::of(path))
        };
        assert!(plain(Method::GET, &[("if-none-match", "W/\"1\"")], "groups"));
        assert!(!plain(Method::HEAD, &[], "groups"));
        assert!(!plain(Method::POST, &[], "groups"));
        assert!(!plain(Method::GET, &[("range", "bytes=0-1")], "groups"));
        assert!(!plain(Method::GET, &[("sudo", "dev")], "groups"));
        assert!(!plain(Method::GET, &[("cache-control", "no-store")], "groups"));
        for moving in [
            "projects/1/export",
            "projects/1/pipelines/7",
            "bulk_imports/1/entities",
        ] {
            assert!(!plain(Method::GET, &[], moving), "{moving}");
        }
    }

    #[test]
    fn only_complete_json_that_varies_by_what_the_key_has_is_kept() {
        let json = ("content-type", "application/json");
        let keeps = |status: u16, pairs: &[(&'static str, &'static str)]| {
            may_keep(StatusCode::from_u16(status).unwrap(), &headers(pairs))
        };
        assert!(keeps(200, &[json, ("vary", "Origin, Accept-Encoding")]));
        assert!(!keeps(200, &[json, ("vary", "*")]));
        assert!(!keeps(200, &[json, ("vary", "X-Mood")]));
        assert!(!keeps(200, &[json, ("cache-control", "private, no-store")]));
        assert!(!keeps(200, &[("content-type", "text/html")]));
        for status in [201, 204, 206, 301, 304, 404, 500] {
            assert!(!keeps(status, &[json]), "{status}");
        }
    }

    #[test]
    fn a_client_says_in_three_ways_that_it_wants_gitlab_asked() {
        for (name, value) in [
            ("cache-control", "no-cache"),
            ("cache-control", "max-age=0"),
            ("pragma", "no-cache"),
        ] {
            assert!(wants_fresh(&headers(&[(name, value)])), "{name}: {value}");
        }
        assert!(!wants_fresh(&headers(&[("cache-control", "max-age=60")])));
    }

    #[test]
    fn tags_are_compared_weakly_and_one_by_one() {
        let kept = headers(&[("etag", "W/\"2\"")]);
        for (known, has) in [
            ("\"1\", \"2\"", true),
            ("W/\"2\"", true),
            ("*", true),
            ("\"1\"", false),
            ("\"1,*,1\"", false),
        ] {
            assert_eq!(
                has_it(&headers(&[("if-none-match", known)]), &kept),
                has,
                "{known}"
            );
        }
        let padded = headers(&[("etag", "\"2\"\t ")]);
        assert!(has_it(&headers(&[("if-none-match", "\"2\"")]), &padded));
        assert!(!has_it(&headers(&[("if-none-match", "*")]), &headers(&[])));
    }
}

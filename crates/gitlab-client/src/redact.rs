//! What may be written to a log, and how. Everything of a request or answer that is logged goes through here.

use std::borrow::Cow;
use std::fmt;

use http::HeaderMap;

/// What stands where a secret stood.
pub const HIDDEN: &str = "***";

/// Names of query parameters whose values are secrets (GitLab API facts §1.1, §1.6).
const SECRET_PARAMETERS: [&str; 16] = [
    "private_token",
    "access_token",
    "job_token",
    "token",
    "rss_token",
    "feed_token",
    "refresh_token",
    "client_secret",
    "code",
    "code_verifier",
    "password",
    "secret",
    "runner_token",
    "runners_token",
    "import_url",
    "value",
];

/// Names of headers whose values may be written out. All others are hidden: a list of the dangerous ones
/// would forget one.
const HARMLESS_HEADERS: [&str; 26] = [
    "accept",
    "accept-encoding",
    "cache-control",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "etag",
    "host",
    "if-none-match",
    "ratelimit-limit",
    "ratelimit-name",
    "ratelimit-observed",
    "ratelimit-remaining",
    "ratelimit-reset",
    "ratelimit-resettime",
    "retry-after",
    "transfer-encoding",
    "user-agent",
    "x-next-page",
    "x-page",
    "x-per-page",
    "x-request-id",
    "x-runtime",
    "x-total",
    "x-total-pages",
];

/// Prefixes of GitLab's own tokens (GitLab API facts §1.1) and of our API keys.
const TOKEN_PREFIXES: [&str; 14] = [
    "glpat-", "gloas-", "gldt-", "glrt-", "glrtr-", "glptt-", "glft-", "glsoat-", "glcbt-", "glimt-",
    "glagent-", "glffct-", "glwt-", "gbk_",
];

/// A URL, relative or absolute, without user information and without the values of secret parameters.
pub fn url(text: &str) -> Cow<'_, str> {
    let without_user = without_user_information(text);
    let Some((path, rest)) = without_user.split_once('?') else {
        return match without_user {
            Cow::Borrowed(text) => self::text(text),
            Cow::Owned(text) => Cow::Owned(self::text(&text).into_owned()),
        };
    };
    let (query, fragment) = match rest.split_once('#') {
        Some((query, fragment)) => (query, Some(fragment)),
        None => (rest, None),
    };
    let mut out = self::text(path).into_owned();
    let mut separator = '?';
    for pair in query.split('&') {
        out.push(separator);
        separator = '&';
        match pair.split_once('=') {
            Some((name, _)) if is_secret(name) => {
                out.push_str(name);
                out.push('=');
                out.push_str(HIDDEN);
            }
            _ => out.push_str(&self::text(pair)),
        }
    }
    if let Some(fragment) = fragment {
        out.push('#');
        out.push_str(&self::text(fragment));
    }
    Cow::Owned(out)
}

/// Any text, with everything that looks like a token of GitLab's or ours hidden.
pub fn text(text: &str) -> Cow<'_, str> {
    let Some(first) = next_token(text) else {
        return Cow::Borrowed(text);
    };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut found = Some(first);
    while let Some((start, end)) = found {
        out.push_str(&rest[..start]);
        out.push_str(HIDDEN);
        rest = &rest[end..];
        found = next_token(rest);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Headers for a log: `{content-type: application/json, authorization: ***}`.
pub struct Headers<'a>(pub &'a HeaderMap);

impl fmt::Debug for Headers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.iter().map(|(name, value)| {
            let harmless = HARMLESS_HEADERS.contains(&name.as_str()) && !value.is_sensitive();
            let value = value
                .to_str()
                .ok()
                .filter(|_| harmless)
                .map_or(Cow::Borrowed(HIDDEN), text);
            (Plain(name.as_str()), Plain(value))
        });
        f.debug_map().entries(shown).finish()
    }
}

struct Plain<T>(T);

impl<T: fmt::Display> fmt::Debug for Plain<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn is_secret(name: &str) -> bool {
    let decoded = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
    // `hook[token]` and `variables[][value]` count by their last part.
    let last = decoded
        .trim_end_matches(']')
        .rsplit('[')
        .next()
        .unwrap_or_default();
    SECRET_PARAMETERS
        .iter()
        .any(|secret| last.eq_ignore_ascii_case(secret))
}

fn without_user_information(text: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Cow::Borrowed(text);
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => Cow::Owned(format!("{scheme}://{HIDDEN}{}", &rest[at..])),
        None => Cow::Borrowed(text),
    }
}

/// Start and end of the first token in `text`.
fn next_token(text: &str) -> Option<(usize, usize)> {
    let start = TOKEN_PREFIXES
        .iter()
        .filter_map(|prefix| text.find(prefix))
        .min()?;
    let end = text[start..]
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
        .map_or(text.len(), |length| start + length);
    Some((start, end))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn secrets_in_a_query_are_hidden_and_the_rest_stays() {
        for (given, shown) in [
            ("/groups?per_page=100&page=2", "/groups?per_page=100&page=2"),
            (
                "/groups?private_token=abc&page=2",
                "/groups?private_token=***&page=2",
            ),
            ("/x?ACCESS_TOKEN=abc#top", "/x?ACCESS_TOKEN=***#top"),
            ("/x?private%5Ftoken=abc", "/x?private%5Ftoken=***"),
            (
                "/x?hook[token]=abc&variables[][value]=v",
                "/x?hook[token]=***&variables[][value]=***",
            ),
            ("/x?search=glpat-abc_1.2x&y", "/x?search=***&y"),
            ("/groups/glpat-abc/members", "/groups/***/members"),
            (
                "https://user:secret@gitlab.test/x?page=1",
                "https://***@gitlab.test/x?page=1",
            ),
            ("https://gitlab.test/@user", "https://gitlab.test/@user"),
        ] {
            assert_eq!(url(given), shown);
        }
    }

    #[test]
    fn only_harmless_headers_are_shown() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("content-type", "application/json"),
            ("private-token", "glpat-abc"),
            ("authorization", "Bearer abc"),
            ("cookie", "_gitlab_session=abc"),
            ("x-new-secret", "abc"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let shown = format!("{:?}", Headers(&headers));
        assert!(shown.contains("content-type: application/json"), "{shown}");
        assert!(!shown.contains("abc"), "{shown}");
    }

    proptest! {
        #[test]
        fn a_token_anywhere_in_a_text_is_hidden(before in "[ -~]{0,20}", secret in "[A-Za-z0-9_-]{8,40}", after in "[ \"',;]?[ -~]{0,20}") {
            let token = format!("glpat-{secret}");
            let given = format!("{before}{token}{after}");
            prop_assert!(!text(&given).contains(&token));
            prop_assert!(!url(&given).contains(&token));
        }

        #[test]
        fn no_text_makes_it_panic(given in ".*") {
            let _ = url(&given);
        }
    }
}

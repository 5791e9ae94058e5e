use percent_encoding::percent_decode_str;

use super::parameter;

/// Why a path as it came over the wire is not handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPath {
    /// `.` or `..` as a segment, plain or encoded, once or several times.
    #[error("the path has a dot segment")]
    DotSegment,
    /// `\`, plain or encoded: some servers read it as a slash.
    #[error("the path has a backslash")]
    Backslash,
    /// A control character, a space or a byte beyond ASCII, an encoded control character, or a fragment.
    #[error("the path has a character that may not stand there")]
    Character,
    /// `%` without two hexadecimal digits.
    #[error("the path has an incomplete percent-encoding")]
    Encoding,
    /// A URL instead of a path, or something that could be read as another host: `http://…`, `//host/…`.
    #[error("the path is not relative to the API")]
    Absolute,
    /// `private_token=…` in the query: GitLab would take it before the header, and addresses are logged.
    #[error("a credential does not belong in an address; send it as a header")]
    Credential,
}

/// How often a path is decoded in search of something hidden. GitLab decodes once; a proxy in front of it perhaps
/// once more.
const DECODINGS: usize = 3;

/// Checks a path and query as they came over the wire, before anything parses them; `path_and_query` is relative
/// to `/api/v4/`, with or without a leading slash.
///
/// URL parsers resolve `/%2e%2e/` silently, so this looks at the bytes. `%2F` is part of GitLab's ids and
/// passes; what stands between encoded slashes is checked like every other segment.
///
/// # Errors
/// The first thing found that could leave the API or be read differently by somebody on the way.
pub fn check(path_and_query: &str) -> Result<(), InvalidPath> {
    if path_and_query
        .bytes()
        .any(|byte| !byte.is_ascii_graphic() || byte == b'#')
    {
        return Err(InvalidPath::Character);
    }
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    if names_a_credential(query) {
        return Err(InvalidPath::Credential);
    }
    let relative = path.strip_prefix('/').unwrap_or(path);
    if relative.starts_with('/') || has_scheme(relative) {
        return Err(InvalidPath::Absolute);
    }
    check_encoding(path)?;
    let mut decoded = path.to_owned();
    for _ in 0..=DECODINGS {
        if decoded.contains('\\') {
            return Err(InvalidPath::Backslash);
        }
        if decoded.chars().any(char::is_control) {
            return Err(InvalidPath::Character);
        }
        if decoded.split('/').any(is_dots) {
            return Err(InvalidPath::DotSegment);
        }
        if !decoded.contains('%') {
            break;
        }
        decoded = percent_decode_str(&decoded).decode_utf8_lossy().into_owned();
    }
    Ok(())
}

/// `..;x` is a dot segment to servers that know path parameters, `.. ` to those that trim what they have decoded, and
/// `..?` or `..#` to those that take it for an address once more.
fn is_dots(segment: &str) -> bool {
    let name = segment.split([';', '?', '#']).next().map(str::trim);
    matches!(name, Some("." | ".."))
}

fn has_scheme(path: &str) -> bool {
    let first = path.split('/').next().unwrap_or_default();
    first.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    })
}

fn names_a_credential(query: &str) -> bool {
    query.split(['&', ';']).any(|pair| {
        let name = pair.split('=').next().unwrap_or_default().replace('+', " ");
        let name = percent_decode_str(&name).decode_utf8_lossy();
        parameter::CREDENTIALS.contains(&parameter::outermost(&name))
    })
}

fn check_encoding(path: &str) -> Result<(), InvalidPath> {
    let mut rest = path.as_bytes();
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        match rest.get(at + 1..at + 3) {
            Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => rest = &rest[at + 3..],
            _ => return Err(InvalidPath::Encoding),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    #[test]
    fn tricks_are_refused() {
        for (path, why) in [
            ("groups/../admin", InvalidPath::DotSegment),
            ("..", InvalidPath::DotSegment),
            ("/./groups", InvalidPath::DotSegment),
            ("groups/%2e%2e/admin", InvalidPath::DotSegment),
            ("groups/%2E./admin", InvalidPath::DotSegment),
            ("groups/.%2e", InvalidPath::DotSegment),
            ("groups/%252e%252e/admin", InvalidPath::DotSegment),
            ("groups/%25252e%25252E/admin", InvalidPath::DotSegment),
            ("projects/a%2F..%2Fb", InvalidPath::DotSegment),
            ("projects/a%252F%252e%252e%252Fb", InvalidPath::DotSegment),
            ("groups/..;x=1/admin", InvalidPath::DotSegment),
            ("%2E.%20", InvalidPath::DotSegment),
            ("groups/%2520..%20;x/admin", InvalidPath::DotSegment),
            ("%2E.%23", InvalidPath::DotSegment),
            ("groups/..%253Fx", InvalidPath::DotSegment),
            ("groups\\..\\admin", InvalidPath::Backslash),
            ("groups/%5c", InvalidPath::Backslash),
            ("groups/%255C", InvalidPath::Backslash),
            ("groups/\r\nHost:evil", InvalidPath::Character),
            ("groups/%0d%0aHost", InvalidPath::Character),
            ("groups/%00", InvalidPath::Character),
            ("groups/%2500", InvalidPath::Character),
            ("groups/a b", InvalidPath::Character),
            ("groups/ä", InvalidPath::Character),
            ("groups?search=\u{7f}", InvalidPath::Character),
            ("groups#top", InvalidPath::Character),
            ("groups/%", InvalidPath::Encoding),
            ("groups/%2", InvalidPath::Encoding),
            ("groups/%zz", InvalidPath::Encoding),
            ("http://evil.test/", InvalidPath::Absolute),
            ("/http://evil.test/", InvalidPath::Absolute),
            ("//evil.test/api", InvalidPath::Absolute),
            ("///evil.test/api", InvalidPath::Absolute),
            ("javascript:alert(1)", InvalidPath::Absolute),
            ("user?private_token=glpat-1", InvalidPath::Credential),
            ("user?page=1&private%5Ftoken=glpat-1", InvalidPath::Credential),
            ("user?access_token=1", InvalidPath::Credential),
            ("user?[private_token]=glpat-1", InvalidPath::Credential),
            ("user?a=1;%5Djob_token%5D=1", InvalidPath::Credential),
        ] {
            assert_eq!(check(path), Err(why), "{path}");
        }
    }

    #[test]
    fn what_gitlab_needs_passes() {
        for path in [
            "",
            "/",
            "groups",
            "/groups/acme%2Fweb/members?per_page=100&page=2",
            "projects/acme%2fweb%2Fsite.io/repository/files/src%2Fmain.rs?ref=v1.0",
            "projects/1/repository/files/.gitlab-ci.yml",
            "projects/1/repository/files/a%2F...%2Fb",
            "projects/1/variables/KEY?filter[environment_scope]=prod/*",
            "projects/1/labels/50%25%20off",
            "projects/1/repository/compare?from=main&to=../x",
            "groups/1/search?scope=blobs&search=http://x",
            "users/1/keys/a:b",
            "projects/1/trigger/pipeline?token=x&ref=main",
        ] {
            assert_eq!(check(path), Ok(()), "{path}");
        }
    }

    proptest! {
        /// Whatever passes stays below the API, also for a parser that resolves dot segments, and also when
        /// somebody on the way decodes it first.
        #[test]
        fn what_passes_never_leaves_the_api(
            path in "(/|//)?((\\.|%2e|%2E|%252e|%2F|%5c|/|\\\\|a|;|:|%20|%23|%3f|%25){0,6}/?){0,4}"
        ) {
            if check(&path).is_ok() {
                let url = Url::parse(&format!("https://gitlab.test/sub/api/v4/{}", path.trim_start_matches('/'))).unwrap();
                prop_assert_eq!(url.host_str(), Some("gitlab.test"));
                prop_assert!(url.path().starts_with("/sub/api/v4/"), "{}", url);
                let decoded = percent_decode_str(url.path()).decode_utf8_lossy().into_owned();
                let again = Url::parse(&format!("https://gitlab.test{decoded}")).unwrap();
                prop_assert!(again.path().starts_with("/sub/api/v4"), "{}", again);
            }
        }

        #[test]
        fn no_text_makes_it_panic(path in ".*") {
            let _ = check(&path);
        }
    }
}

use http::header::{self, HeaderMap, HeaderName};

use crate::token::PRIVATE_TOKEN;

/// Headers that are about one connection and not about the message (RFC 9110 §7.6.1).
const HOP_BY_HOP: [HeaderName; 8] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
];

/// What must not reach GitLab: our own credentials, other ways to sign in, and who the browser is.
const NOT_OUT: [HeaderName; 16] = [
    header::COOKIE,
    header::AUTHORIZATION,
    PRIVATE_TOKEN,
    HeaderName::from_static("job-token"),
    HeaderName::from_static("deploy-token"),
    HeaderName::from_static("x-csrf-token"),
    header::HOST,
    header::EXPECT,
    header::ORIGIN,
    header::REFERER,
    header::FORWARDED,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-real-ip"),
    HeaderName::from_static("proxy-connection"),
];

/// What must not reach our client: GitLab's cookies, and what would be taken for our own word about our origin.
const NOT_BACK: [HeaderName; 13] = [
    header::SET_COOKIE,
    HeaderName::from_static("set-cookie2"),
    header::SERVER,
    header::ALT_SVC,
    header::STRICT_TRANSPORT_SECURITY,
    header::CONTENT_SECURITY_POLICY,
    HeaderName::from_static("clear-site-data"),
    header::ACCESS_CONTROL_ALLOW_ORIGIN,
    header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
    header::ACCESS_CONTROL_ALLOW_METHODS,
    header::ACCESS_CONTROL_ALLOW_HEADERS,
    header::ACCESS_CONTROL_EXPOSE_HEADERS,
    header::ACCESS_CONTROL_MAX_AGE,
];

/// Takes out of a request's headers what GitLab must not see. `Content-Length` stays: the body is not touched.
pub fn clean_request(headers: &mut HeaderMap) {
    remove_hop_by_hop(headers);
    for name in &NOT_OUT {
        headers.remove(name);
    }
    let fetch_metadata: Vec<HeaderName> = headers
        .keys()
        .filter(|name| name.as_str().starts_with("sec-"))
        .cloned()
        .collect();
    for name in fetch_metadata {
        headers.remove(name);
    }
}

/// Takes out of an answer's headers what our client must not see.
pub fn clean_response(headers: &mut HeaderMap) {
    remove_hop_by_hop(headers);
    for name in &NOT_BACK {
        headers.remove(name);
    }
}

/// Replaces GitLab's address at the start of every link in a `Link` or `Location` value.
///
/// `from` and `to` are addresses of the API's root without a trailing slash, as
/// `https://gitlab.example.com/api/v4`. A link to anywhere else stays as it is. `None` when nothing changes.
pub fn rewrite_links(value: &str, from: &str, to: &str) -> Option<String> {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    let mut changed = false;
    while let Some(at) = rest.find(from) {
        let (before, found) = rest.split_at(at);
        let after = &found[from.len()..];
        let starts = before.is_empty() && out.is_empty() || before.ends_with('<');
        let ends = after.is_empty() || after.starts_with(['/', '?', '>']);
        out.push_str(before);
        out.push_str(if starts && ends { to } else { from });
        changed |= starts && ends;
        rest = after;
    }
    out.push_str(rest);
    changed.then_some(out)
}

fn remove_hop_by_hop(headers: &mut HeaderMap) {
    // `Connection: close, X-Foo` makes X-Foo hop-by-hop too.
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        // Nobody may talk us into dropping what frames the body.
        .filter(|name| *name != header::CONTENT_LENGTH)
        .collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
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

    fn names(headers: &HeaderMap) -> Vec<&str> {
        headers.keys().map(HeaderName::as_str).collect()
    }

    #[test]
    fn credentials_and_connection_headers_do_not_reach_gitlab() {
        let mut request = headers(&[
            ("accept", "application/json"),
            ("content-length", "2"),
            ("if-none-match", "W/\"x\""),
            ("x-custom", "stays"),
            ("sudo", "stays"),
            ("authorization", "Bearer gbk_1"),
            ("private-token", "gbk_2"),
            ("job-token", "x"),
            ("cookie", "gitlab_bulk_session=1"),
            ("connection", "close, X-Dropped, Content-Length"),
            ("x-dropped", "1"),
            ("keep-alive", "timeout=5"),
            ("te", "trailers"),
            ("upgrade", "websocket"),
            ("transfer-encoding", "chunked"),
            ("host", "bulk.example.com"),
            ("origin", "https://bulk.example.com"),
            ("sec-fetch-site", "same-origin"),
            ("x-forwarded-for", "10.0.0.1"),
            ("expect", "100-continue"),
        ]);
        clean_request(&mut request);
        assert_eq!(
            names(&request),
            ["accept", "content-length", "if-none-match", "x-custom", "sudo"]
        );
    }

    #[test]
    fn cookies_and_policies_of_gitlab_do_not_reach_our_client() {
        let mut answer = headers(&[
            ("content-type", "application/json"),
            ("etag", "W/\"x\""),
            ("x-total", "3"),
            ("ratelimit-remaining", "7"),
            ("set-cookie", "_gitlab_session=1"),
            ("server", "nginx"),
            ("strict-transport-security", "max-age=1"),
            ("access-control-allow-origin", "*"),
            ("connection", "keep-alive"),
        ]);
        clean_response(&mut answer);
        assert_eq!(
            names(&answer),
            ["content-type", "etag", "x-total", "ratelimit-remaining"]
        );
    }

    #[test]
    fn links_lead_back_to_the_proxy_and_foreign_ones_stay() {
        let from = "https://gitlab.test/api/v4";
        let to = "https://bulk.test/api/gitlab";
        assert_eq!(
            rewrite_links(
                "<https://gitlab.test/api/v4/groups?page=2>; rel=\"next\", <https://gitlab.test/api/v4/groups?page=1>; rel=\"first\"",
                from,
                to
            )
            .as_deref(),
            Some("<https://bulk.test/api/gitlab/groups?page=2>; rel=\"next\", <https://bulk.test/api/gitlab/groups?page=1>; rel=\"first\"")
        );
        assert_eq!(
            rewrite_links("https://gitlab.test/api/v4/projects/7", from, to).as_deref(),
            Some("https://bulk.test/api/gitlab/projects/7")
        );
        for foreign in [
            "<https://other.test/api/v4/groups>; rel=\"next\"",
            "https://gitlab.test/api/v40/x",
            "<https://other.test/?next=https://gitlab.test/api/v4/x>; rel=\"next\"",
        ] {
            assert_eq!(rewrite_links(foreign, from, to), None, "{foreign}");
        }
    }
}

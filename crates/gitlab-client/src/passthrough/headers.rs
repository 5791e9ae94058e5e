use http::header::{self, HeaderMap, HeaderName};

/// Headers that are about one connection and not about the message (RFC 9110 §7.6.1).
fn is_hop_by_hop(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}

/// What must not reach GitLab: our own credentials, other ways to sign in, who the browser is, and words that
/// make a server behind us see another request, method, client or limit than the one that is sent.
fn stays_here(name: &str) -> bool {
    matches!(
        name,
        "cookie"
            | "authorization"
            | "private-token"
            | "job-token"
            | "deploy-token"
            | "x-csrf-token"
            | "host"
            | "expect"
            | "origin"
            | "referer"
            | "forwarded"
            | "x-real-ip"
            | "true-client-ip"
            | "cf-connecting-ip"
            | "x-original-url"
            | "x-rewrite-url"
            | "x-method-override"
            | "gitlab-bypass-rate-limiting"
    ) || ["sec-", "x-forwarded-", "x-http-method"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

/// What must not reach our client: GitLab's cookies, what would be taken for our own word about our origin, and
/// what a web server in front of us would take for an order.
fn stays_there(name: &str) -> bool {
    matches!(
        name,
        "set-cookie"
            | "set-cookie2"
            | "server"
            | "alt-svc"
            | "strict-transport-security"
            | "public-key-pins"
            | "content-security-policy"
            | "content-security-policy-report-only"
            | "clear-site-data"
            | "service-worker-allowed"
            | "refresh"
            | "nel"
            | "report-to"
            | "reporting-endpoints"
            | "x-sendfile"
    ) || ["access-control-", "x-accel-"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

/// Takes out of a request's headers what GitLab must not see. `Content-Length` stays: the body is not touched.
pub fn clean_request(headers: &mut HeaderMap) {
    clean(headers, stays_here);
}

/// Takes out of an answer's headers what our client must not see.
pub fn clean_response(headers: &mut HeaderMap) {
    clean(headers, stays_there);
}

/// Replaces GitLab's address at the start of every link of a `Link` header.
///
/// `from` and `to` are addresses of the API's root without a trailing slash, as
/// `https://gitlab.example.com/api/v4`. A GitLab that is known to itself by another name than to us writes that
/// name into its links, so the path decides: whatever leads to the API leads to `to`, all else stays as it is.
/// `None` when nothing changes.
pub fn rewrite_links(value: &str, from: &str, to: &str) -> Option<String> {
    let root = path_of(from);
    let mut out = String::with_capacity(value.len() + to.len());
    let mut rest = value;
    let mut changed = false;
    while let Some((before, target, after)) = next_target(rest) {
        out.push_str(before);
        match below(path_of(target), root) {
            Some(below) => {
                out.push_str(to);
                out.push_str(below);
                changed = true;
            }
            None => out.push_str(target),
        }
        rest = after;
    }
    out.push_str(rest);
    changed.then_some(out)
}

/// The same for a `Location`: only what leads to this very API, or says no host, leads to `to` instead.
///
/// A redirect to another name of the same GitLab stays as it is: rewritten, it would lead in a circle.
pub fn rewrite_location(value: &str, from: &str, to: &str) -> Option<String> {
    let below = if value.starts_with('/') {
        below(value, path_of(from))
    } else {
        below(value, from)
    };
    below.map(|below| format!("{to}{below}"))
}

/// Splits at the first `<target>`: everything up to `<`, the target, and the rest from `>` on.
fn next_target(links: &str) -> Option<(&str, &str, &str)> {
    let opened = links.find('<')?;
    let end = opened + links[opened..].find('>')?;
    // No address holds a `<`: what stands before the last one was never closed.
    let begin = links[..end].rfind('<')? + 1;
    Some((&links[..begin], &links[begin..end], &links[end..]))
}

/// What follows scheme and host, with its query; nothing of an address that has neither.
fn path_of(address: &str) -> &str {
    if address.starts_with('/') && !address.starts_with("//") {
        return address;
    }
    address
        .split_once("://")
        .and_then(|(_, after)| after.find('/').map(|slash| &after[slash..]))
        .unwrap_or_default()
}

fn below<'a>(address: &'a str, root: &str) -> Option<&'a str> {
    let below = address.strip_prefix(root)?;
    (below.is_empty() || below.starts_with(['/', '?'])).then_some(below)
}

/// Takes out what is about the connection, what `Connection` names, and what `stays` behind.
fn clean(headers: &mut HeaderMap, stays: fn(&str) -> bool) {
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
    let kept_out: Vec<HeaderName> = headers
        .keys()
        .filter(|name| is_hop_by_hop(name.as_str()) || stays(name.as_str()))
        .cloned()
        .collect();
    for name in named.iter().chain(&kept_out) {
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
            ("x-forwarded-prefix", "/x"),
            ("x-http-method-override", "DELETE"),
            ("gitlab-bypass-rate-limiting", "1"),
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
            ("x-accel-redirect", "/etc/passwd"),
            ("refresh", "0; url=https://evil.test"),
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
    fn links_to_the_api_lead_back_and_others_stay() {
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
        // GitLab knows itself by another name.
        assert_eq!(
            rewrite_links(
                "<https://public.test:8443/api/v4/groups?page=2>; rel=\"next\"",
                from,
                to
            )
            .as_deref(),
            Some("<https://bulk.test/api/gitlab/groups?page=2>; rel=\"next\"")
        );
        // One that is never closed takes nothing of the next one with it.
        assert_eq!(
            rewrite_links(
                "<https://gitlab.test/api, <https://gitlab.test/api/v4/groups?page=2>; rel=\"next\"",
                from,
                to
            )
            .as_deref(),
            Some("<https://gitlab.test/api, <https://bulk.test/api/gitlab/groups?page=2>; rel=\"next\"")
        );
        for foreign in [
            "<https://gitlab.test/api/v40/x>; rel=\"next\"",
            "<https://docs.test/?next=https://gitlab.test/api/v4/x>; rel=\"help\"",
            "<//evil.test/api/v4/x>; rel=\"next\"",
            "<https://gitlab.test>; rel=\"up\"",
            "<https://gitlab.test/api/v4/x",
            "",
        ] {
            assert_eq!(rewrite_links(foreign, from, to), None, "{foreign}");
        }
    }

    #[test]
    fn a_redirect_leads_back_only_when_it_leads_to_this_very_api() {
        let from = "https://gitlab.test/sub/api/v4";
        let to = "https://bulk.test/gitlab/api/v4";
        for (location, expected) in [
            (
                "https://gitlab.test/sub/api/v4/projects/7?x=1",
                Some("https://bulk.test/gitlab/api/v4/projects/7?x=1"),
            ),
            (
                "/sub/api/v4/projects/7",
                Some("https://bulk.test/gitlab/api/v4/projects/7"),
            ),
            ("http://gitlab.test/sub/api/v4/projects/7", None),
            ("https://gitlab.test.evil.test/sub/api/v4/projects/7", None),
            ("https://storage.test/export.tar.gz?signature=1", None),
            ("//evil.test/sub/api/v4/x", None),
            ("/users/sign_in", None),
        ] {
            assert_eq!(
                rewrite_location(location, from, to).as_deref(),
                expected,
                "{location}"
            );
        }
    }
}

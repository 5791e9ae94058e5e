use form_urlencoded::Serializer;
use hyper::StatusCode;
use hyper::header::LOCATION;

use super::page::escaped;
use crate::http::Reply;
use crate::http::reply::BodyKind;

/// Sends a browser elsewhere.
pub(super) fn to(address: &str) -> Reply {
    let body = format!(
        "<html><body>You are being <a href=\"{}\">redirected</a>.</body></html>",
        escaped(address)
    );
    Reply::raw(StatusCode::FOUND, BodyKind::Html, body.into()).header(LOCATION, address)
}

/// An address with more in its query.
pub(super) fn with(address: &str, pairs: &[(&str, Option<&str>)]) -> String {
    let given = pairs.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
    let query = Serializer::new(String::new()).extend_pairs(given).finish();
    let mark = if address.contains('?') { '&' } else { '?' };
    format!("{address}{mark}{query}")
}

/// Whether an address is one that the client registered. Ports of loopback addresses are free, because programs that
/// listen there take any.
pub(super) fn is_registered(address: &str, registered: &[String]) -> bool {
    !address.contains('#')
        && registered
            .iter()
            .any(|known| known == address || without_loopback_port(known) == without_loopback_port(address))
}

fn without_loopback_port(address: &str) -> Option<String> {
    let (scheme, rest) = address.split_once("://")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = ["127.0.0.1", "[::1]"].into_iter().find(|host| {
        let port = authority.strip_prefix(host);
        port.is_some_and(|port| {
            port.is_empty()
                || port
                    .strip_prefix(':')
                    .is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
        })
    });
    Some(match host {
        Some(host) => format!("{scheme}://{host}{path}"),
        None => address.to_owned(),
    })
}

/// What GitLab takes as an address of a client: absolute, without a fragment, and no script.
pub(super) fn may_be_registered(address: &str) -> Result<(), &'static str> {
    let Some((scheme, rest)) = address.split_once(':') else {
        return Err("must be an absolute URI.");
    };
    if matches!(
        scheme.to_ascii_lowercase().as_str(),
        "javascript" | "vbscript" | "data"
    ) {
        Err("is forbidden by the server.")
    } else if address.contains('#') {
        Err("cannot contain a fragment.")
    } else if rest.trim_matches('/').is_empty() || address.contains(char::is_whitespace) {
        Err("must be an absolute URI.")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registered(address: &str) -> bool {
        is_registered(
            address,
            &[
                "http://127.0.0.1/callback".to_owned(),
                "https://app.example/a".to_owned(),
            ],
        )
    }

    #[test]
    fn only_the_port_of_a_loopback_address_is_free() {
        assert!(registered("http://127.0.0.1:4711/callback"));
        assert!(registered("https://app.example/a"));
        for address in [
            "https://app.example:444/a",
            "https://app.example/a/b",
            "http://127.0.0.1.evil.example/callback",
            "http://127.0.0.1:80@evil.example/callback",
            "http://127.0.0.1:1/other",
            "http://127.0.0.1/callback#x",
            "https://app.example/a?b=c",
        ] {
            assert!(!registered(address), "{address}");
        }
    }

    #[test]
    fn nothing_is_left_out_of_a_query() {
        assert_eq!(
            with(
                "http://a/?x=1",
                &[("state", Some("a b&c")), ("code", None), ("y", Some("2"))]
            ),
            "http://a/?x=1&state=a+b%26c&y=2"
        );
    }
}

//! Which addresses a hook may have.

use std::net::IpAddr;

use hyper::Uri;

use crate::state::Hidden;

/// An address of HTTP with a host, and with a value for every `{placeholder}`. What is on the local network is
/// fine only where the administrator allowed it.
pub(super) fn is_valid(url: &str, variables: &[Hidden], local_is_fine: bool) -> bool {
    let mut filled = url.to_owned();
    for variable in variables {
        filled = filled.replace(&format!("{{{}}}", variable.key), "value");
    }
    if filled.contains(['{', '}']) {
        return false;
    }
    let Ok(uri) = filled.parse::<Uri>() else {
        return false;
    };
    let known = matches!(uri.scheme_str(), Some("http" | "https"));
    let host = uri.host().unwrap_or_default();
    known && !host.is_empty() && (local_is_fine || !is_local(host))
}

/// Names are not looked up, only numbers and `localhost` are known to be local.
fn is_local(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    if host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost") {
        return true;
    }
    match host.parse() {
        Ok(IpAddr::V4(ip)) => {
            ip.is_loopback()
                || ip.is_private()
                || ip.is_link_local()
                || ip.is_unspecified()
                || ip.is_broadcast()
        }
        Ok(IpAddr::V6(ip)) => {
            ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local() || ip.is_unicast_link_local()
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Secret;

    #[test]
    fn only_http_with_a_host_that_is_not_local() {
        for (url, valid) in [
            ("http://hooks.acme.example/x", true),
            ("https://user:pw@hooks.acme.example:8443/", true),
            ("ftp://hooks.acme.example", false),
            ("hooks.acme.example", false),
            ("", false),
            ("http://", false),
            ("http://localhost:3000", false),
            ("http://127.0.0.1", false),
            ("http://10.1.2.3/", false),
            ("http://192.168.1.1", false),
            ("http://169.254.169.254", false),
            ("http://[::1]/", false),
            ("http://[fd00::1]/", false),
            ("http://8.8.8.8/", true),
        ] {
            assert_eq!(is_valid(url, &[], false), valid, "{url}");
        }
        assert!(is_valid("http://127.0.0.1:3000/x", &[], true));
    }

    #[test]
    fn placeholders_need_a_value() {
        let token = [Hidden {
            key: "token".to_owned(),
            value: Secret("x".to_owned()),
        }];
        assert!(is_valid("https://hooks.acme.example/{token}", &token, false));
        assert!(!is_valid("https://hooks.acme.example/{other}", &token, false));
    }
}

use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderValue};

use crate::choose;

/// Cookies, API keys, and what a browser brings back from signing in with GitLab.
pub(crate) fn run(data: &[u8]) {
    let Some((choice, bytes)) = choose(data) else {
        return;
    };
    match choice % 4 {
        0 => cookie(bytes),
        1 => key(bytes),
        2 => attempt(bytes),
        _ => {
            if let Ok(text) = std::str::from_utf8(bytes) {
                let path = server::fuzzing::return_to(text);
                assert!(
                    path.starts_with('/') && !path.starts_with("//"),
                    "{path} leads elsewhere"
                );
                assert!(!path.contains(['\\', '\r', '\n']), "{path:?}");
                let there = url::Url::parse("https://bulk.test").and_then(|here| here.join(&path));
                assert_eq!(there.expect("an address").host_str(), Some("bulk.test"), "{path}");
            }
        }
    }
}

fn cookie(bytes: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(bytes) else {
        return;
    };
    let headers = HeaderMap::from_iter([(COOKIE, value)]);
    for production in [true, false] {
        if let Some(value) = server::fuzzing::session_cookie(&headers, production) {
            assert!(!value.contains([';', ' ']) || !value.ends_with(' '), "{value:?}");
            assert!(value.len() <= bytes.len());
        }
    }
}

fn key(bytes: &[u8]) {
    if let Ok(value) = HeaderValue::from_bytes(bytes) {
        let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
        for gateway in [true, false] {
            let _ = server::fuzzing::presented_key(&headers, gateway);
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Some(key) = server::fuzzing::api_key(text)
    {
        assert_eq!(key, text);
        assert_eq!(key.len(), 47, "256 bits in base64 behind `gbk_`");
        assert!(
            key.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        );
    }
}

fn attempt(bytes: &[u8]) {
    if let Ok(cookie) = std::str::from_utf8(bytes) {
        assert!(
            !server::fuzzing::sign_in_attempt(cookie),
            "a cookie that nobody sealed was opened"
        );
    }
}

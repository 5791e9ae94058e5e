use std::time::Duration;

use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderValue};

const NAME: &str = "gitlab_bulk_session";
/// With this prefix, browsers take the cookie only over TLS, from this very host, for all of it.
const PRODUCTION_NAME: &str = "__Host-gitlab_bulk_session";

const fn name(production: bool) -> &'static str {
    if production { PRODUCTION_NAME } else { NAME }
}

/// The session cookie's value, if there is one.
pub(crate) fn session_cookie(headers: &HeaderMap, production: bool) -> Option<&str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name(production)).then_some(value))
}

/// Whether a request claims to be signed in, rightly or not.
pub(crate) fn presents_credential(headers: &HeaderMap) -> bool {
    headers.contains_key(AUTHORIZATION)
        || [true, false]
            .iter()
            .any(|p| session_cookie(headers, *p).is_some())
}

/// The `Set-Cookie` of a login.
pub(crate) fn opening_cookie(value: &str, lifetime: Duration, production: bool) -> HeaderValue {
    cookie(value, lifetime.as_secs(), production)
}

/// The `Set-Cookie` of a logout.
pub(crate) fn clearing_cookie(production: bool) -> HeaderValue {
    cookie("", 0, production)
}

fn cookie(value: &str, max_age: u64, production: bool) -> HeaderValue {
    let secure = if production { "; Secure" } else { "" };
    let text = format!(
        "{}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={max_age}{secure}",
        name(production)
    );
    let mut header = HeaderValue::try_from(text).unwrap_or_else(|_| unreachable!("base64 and our own words"));
    header.set_sensitive(true);
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_has_what_browsers_need_to_guard_it() {
        assert_eq!(
            opening_cookie("abc", Duration::from_mins(1), true)
                .to_str()
                .unwrap(),
            "__Host-gitlab_bulk_session=abc; Path=/; HttpOnly; SameSite=Strict; Max-Age=60; Secure"
        );
        assert_eq!(
            clearing_cookie(false).to_str().unwrap(),
            "gitlab_bulk_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"
        );
    }

    #[test]
    fn only_the_cookie_of_this_mode_is_read() {
        let mut headers = HeaderMap::new();
        headers.insert(
            COOKIE,
            "a=b; gitlab_bulk_session=abc; __Host-x=1".parse().unwrap(),
        );
        assert_eq!(session_cookie(&headers, false), Some("abc"));
        assert_eq!(session_cookie(&headers, true), None);
    }
}

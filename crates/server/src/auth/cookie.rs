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
    named(headers, name(production))
}

fn named<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}

const ATTEMPT: &str = "gitlab_bulk_oauth";
const PRODUCTION_ATTEMPT: &str = "__Host-gitlab_bulk_oauth";

/// The cookie of an attempt to sign in, if there is one.
pub(crate) fn attempt_of(headers: &HeaderMap, production: bool) -> Option<&str> {
    let name = if production { PRODUCTION_ATTEMPT } else { ATTEMPT };
    named(headers, name)
}

/// The `Set-Cookie` of an attempt to sign in; an empty value ends it. `Lax`, because it has to come along when
/// GitLab sends the browser back.
pub(crate) fn attempt_cookie(value: &str, lifetime: Duration, production: bool) -> HeaderValue {
    let name = if production { PRODUCTION_ATTEMPT } else { ATTEMPT };
    cookie(name, value, lifetime.as_secs(), "Lax", production)
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
    cookie(name(production), value, lifetime.as_secs(), "Strict", production)
}

/// The `Set-Cookie` of a logout.
pub(crate) fn clearing_cookie(production: bool) -> HeaderValue {
    cookie(name(production), "", 0, "Strict", production)
}

fn cookie(name: &str, value: &str, max_age: u64, same_site: &str, production: bool) -> HeaderValue {
    let secure = if production { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite={same_site}; Max-Age={max_age}{secure}");
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
        // It has to come along when GitLab sends the browser back.
        assert_eq!(
            attempt_cookie("abc", Duration::from_mins(10), true)
                .to_str()
                .unwrap(),
            "__Host-gitlab_bulk_oauth=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=600; Secure"
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

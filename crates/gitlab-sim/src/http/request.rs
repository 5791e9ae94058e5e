//! What a request says about itself: who sends it, and with which parameters.

use std::borrow::Cow;

use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::{HeaderMap, StatusCode};

use super::refuse;
use super::reply::{Refusal, Reply};
use crate::params::{Params, add_form, add_json, add_multipart};

/// The token a request carries, by header or query (GitLab API facts §1.1).
pub(crate) fn credential<'a>(headers: &'a HeaderMap, query: &'a str) -> Option<Cow<'a, str>> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(token) = header("private-token") {
        return Some(Cow::Borrowed(token.trim()));
    }
    if let Some(value) = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok())
        && let Some((scheme, token)) = value.split_once(' ')
        && scheme.eq_ignore_ascii_case("bearer")
    {
        return Some(Cow::Borrowed(token.trim()));
    }
    if !query.contains("_token=") {
        return None;
    }
    form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "private_token" || name == "access_token")
        .map(|(_, token)| token)
}

/// All parameters of a request. Those of the body win over those of the query.
pub(crate) fn params(headers: &HeaderMap, query: &str, body: &[u8]) -> Result<Params, Refusal> {
    let mut params = Params::default();
    if !query.is_empty() {
        add_form(&mut params, query.as_bytes());
    }
    if body.is_empty() {
        return Ok(params);
    }
    let sent = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = sent
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let is_json = kind.ends_with("json") || kind.is_empty() && body.trim_ascii_start().starts_with(b"{");
    if is_json {
        add_json(&mut params, body).map_err(|_| {
            refuse::invalid(
                "message body does not match declared format\nwhen specifying application/json as content-type, \
                 you must pass valid application/json in the request's 'body'",
            )
        })?;
    } else if kind.is_empty() || kind == "application/x-www-form-urlencoded" {
        add_form(&mut params, body);
    } else if kind == "multipart/form-data" {
        let boundary = sent
            .split(';')
            .find_map(|parameter| parameter.trim().strip_prefix("boundary="));
        let boundary = boundary.unwrap_or_default().trim_matches('"');
        if boundary.is_empty() || !add_multipart(&mut params, boundary, body) {
            return Err(refuse::invalid("message body does not match declared format"));
        }
    } else {
        let text = format!("The provided content-type '{kind}' is not supported.");
        return Reply::error(StatusCode::UNSUPPORTED_MEDIA_TYPE, &text).refuse();
    }
    Ok(params)
}

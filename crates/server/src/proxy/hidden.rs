//! Bodies that would make GitLab do something else than the request says, or as somebody else.

use std::collections::HashMap;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use bytes::Bytes;
use domain::Clock;
use futures::future::{self, Either};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method};
use http_body::Body as _;
use percent_encoding::percent_decode_str;
use serde::de::IgnoredAny;

use crate::error::{ApiError, Result};

/// Bodies up to this size are looked into; of what is larger is only known that it may hide something.
pub(super) const LARGEST: usize = 256 * 1024;
/// What is looked into has to be here within this time.
const LONGEST: Duration = Duration::from_mins(1);
/// GitLab takes a credential from these, before the header (GitLab API facts §1.1).
const CREDENTIALS: [&str; 3] = ["private_token", "access_token", "job_token"];
/// Rails does what is in this field of a form instead of `POST`.
const METHOD: &str = "_method";

/// How GitLab reads a body into parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Form,
    /// With its boundary.
    Multipart(Option<String>),
    Json,
}

/// Refuses a body that names another method or another credential. Otherwise the request as it was, and whether it does
/// for certain what its method says: a form that is large, or that nobody here can read, may say otherwise.
///
/// # Errors
/// The body hides something, is not here in time or does not arrive whole.
pub(super) async fn look(request: Request, clock: &dyn Clock) -> Result<(Request, bool)> {
    let Some(kind) = Kind::of(request.headers())? else {
        return Ok((request, true));
    };
    let (head, body) = request.into_parts();
    let may_override = head.method == Method::POST && kind != Kind::Json;
    let is_small = body
        .size_hint()
        .exact()
        .is_some_and(|length| length <= LARGEST as u64);
    if !is_small {
        return Ok((Request::from_parts(head, body), !may_override));
    }
    let reading = std::pin::pin!(axum::body::to_bytes(body, LARGEST));
    let bytes = match future::select(reading, clock.sleep(LONGEST)).await {
        Either::Left((Ok(bytes), _)) => bytes,
        Either::Left((Err(_), _)) => return Err(ApiError::invalid_field("body", "it did not arrive whole")),
        Either::Right(_) => return Err(ApiError::too_slow()),
    };
    let names = names(&kind, &bytes);
    let is_named = |word: &&&str| names.iter().flatten().any(|name| name == **word);
    let mut hidden = CREDENTIALS.iter().chain(may_override.then_some(&METHOD));
    if let Some(word) = hidden.find(is_named) {
        let why = if *word == METHOD {
            "send the request with the method itself"
        } else {
            "a credential does not belong in a body; GitLab is asked with that of the session"
        };
        return Err(ApiError::invalid_field(word, why));
    }
    let is_known = names.is_some() || !may_override;
    Ok((Request::from_parts(head, Body::from(bytes)), is_known))
}

impl Kind {
    fn of(headers: &HeaderMap) -> Result<Option<Self>> {
        let mut kinds = headers.get_all(CONTENT_TYPE).iter();
        let Some(kind) = kinds.next() else {
            return Ok(None);
        };
        if kinds.next().is_some() {
            return Err(ApiError::invalid_field("Content-Type", "it is there twice"));
        }
        let kind = kind.to_str().unwrap_or_default();
        let (essence, parameters) = kind.split_once(';').unwrap_or((kind, ""));
        let essence = essence.trim().to_ascii_lowercase();
        Ok(match essence.as_str() {
            "application/x-www-form-urlencoded" => Some(Self::Form),
            _ if essence.starts_with("multipart/") => Some(Self::Multipart(boundary(parameters))),
            _ if essence == "application/json" || essence.ends_with("+json") => Some(Self::Json),
            _ => None,
        })
    }
}

fn boundary(parameters: &str) -> Option<String> {
    let mut named = parameters.split(';').filter_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (name.trim().eq_ignore_ascii_case("boundary") && !value.is_empty()).then(|| value.to_owned())
    });
    let first = named.next();
    first.filter(|_| named.next().is_none())
}

/// The names of the outermost parameters; `None` when they cannot be told.
fn names(kind: &Kind, bytes: &Bytes) -> Option<Vec<String>> {
    match kind {
        Kind::Json => {
            #[expect(
                clippy::zero_sized_map_values,
                reason = "an object is read as a map, and only its names are of interest"
            )]
            let object: HashMap<String, IgnoredAny> = serde_json::from_slice(bytes).unwrap_or_default();
            Some(object.into_keys().collect())
        }
        Kind::Form => {
            let text = String::from_utf8_lossy(bytes);
            let pairs = text.split(['&', ';']);
            let name = |pair: &str| {
                let name = pair.split('=').next().unwrap_or_default().replace('+', " ");
                percent_decode_str(&name).decode_utf8_lossy().trim().to_owned()
            };
            Some(pairs.map(name).collect())
        }
        Kind::Multipart(boundary) => {
            let (text, boundary) = (
                String::from_utf8_lossy(bytes),
                format!("--{}", boundary.as_ref()?),
            );
            let mut names = Vec::new();
            for part in text.split(&boundary).skip(1) {
                let head = part.split("\r\n\r\n").next().unwrap_or_default();
                let lower = head.to_ascii_lowercase();
                // Other ways to name a part, of which each reader has its own idea.
                if lower.contains("name*") || lower.contains("content-id") || head.contains('\\') {
                    return None;
                }
                names.extend(lower.match_indices("name=").map(|(place, word)| {
                    let value = head[place + word.len()..].trim_start();
                    let end = |quote: char| value[1..].find(quote).map_or(value.len(), |end| end + 1);
                    let value = match value.chars().next() {
                        Some(quote @ ('"' | '\'')) => &value[1..end(quote)],
                        _ => value.split([';', '\r', '\n', ' ']).next().unwrap_or_default(),
                    };
                    value.to_owned()
                }));
            }
            Some(names)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(kind: &str, body: &'static str) -> Option<Vec<String>> {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, kind.parse().unwrap())]);
        let kind = Kind::of(&headers).unwrap().unwrap();
        names(&kind, &Bytes::from_static(body.as_bytes()))
    }

    #[test]
    fn what_a_form_names_is_found_however_it_is_written() {
        for body in [
            "_method=delete",
            "a=1&_method=delete",
            "a=1;%5Fmethod=delete",
            "a&_%6dethod",
        ] {
            let names = named("application/x-www-form-urlencoded; charset=utf-8", body).unwrap();
            assert!(names.iter().any(|name| name == METHOD), "{body}");
        }
        let names = named(
            "Application/JSON",
            "{\"a\":{\"b\":1},\"private\\u005ftoken\":\"x\"}",
        )
        .unwrap();
        assert!(names.iter().any(|name| name == "private_token"));
        for head in [
            "name=\"_method\"",
            "NAME=_method; x=1",
            "filename=\"a\"; name=_method",
            "name='_method'",
        ] {
            let body = format!("--b\r\nContent-Disposition: form-data; {head}\r\n\r\ndelete\r\n--b--\r\n");
            let names = named("multipart/form-data; boundary=\"b\"", body.leak()).unwrap();
            assert!(names.iter().any(|name| name == METHOD), "{head}");
        }
    }

    #[test]
    fn what_stands_in_a_value_or_a_file_is_no_name() {
        for (kind, body) in [
            ("application/x-www-form-urlencoded", "content=%26_method=delete"),
            ("application/json", "{\"a\":{\"_method\":1},\"b\":\"_method\"}"),
            (
                "multipart/form-data; boundary=b",
                "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n<input name=\"_method\">\r\n--b--\r\n",
            ),
        ] {
            let names = named(kind, body).unwrap();
            assert!(!names.iter().any(|name| name == METHOD), "{kind}: {names:?}");
        }
    }

    #[test]
    fn what_readers_do_not_agree_on_is_not_known() {
        for (kind, body) in [
            ("multipart/form-data", "--b\r\n\r\n"),
            ("multipart/form-data; boundary=a; boundary=b", "--b\r\n\r\n"),
            (
                "multipart/form-data; boundary=b",
                "--b\r\nContent-Disposition: form-data; name*=utf-8''_method\r\n\r\n",
            ),
            (
                "multipart/form-data; boundary=b",
                "--b\r\nContent-ID: _method\r\n\r\n",
            ),
        ] {
            assert_eq!(named(kind, body), None, "{kind} {body}");
        }
    }
}

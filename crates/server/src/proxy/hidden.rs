//! Bodies that would make GitLab do something else than the request says, or as somebody else.

use std::collections::HashMap;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use domain::Clock;
use futures::future::{self, Either};
use gitlab_client::passthrough::parameter::{self, CREDENTIALS};
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
/// Rails does what is in this field of a form instead of `POST`.
const METHOD: &str = "_method";

/// Longer boundaries are none (RFC 2046 §5.1.1).
const LONGEST_BOUNDARY: usize = 70;

/// How GitLab reads a body into parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Form,
    /// With its boundary; `None` where not every reader finds the same.
    Multipart(Option<String>),
    Json,
    /// It is not said: a form to Rack, JSON to Grape.
    Unsaid,
}

/// Refuses a body that names another method or another credential. Otherwise the request as it was, and whether it does
/// for certain what its method says: a form that is large, or that nobody here can read, may say otherwise.
///
/// # Errors
/// The body hides something, is not here in time or does not arrive whole.
pub(super) async fn look(request: Request, clock: &dyn Clock) -> Result<(Request, bool)> {
    let kind = Kind::of(request.headers())?.filter(|_| !request.body().is_end_stream());
    let Some(kind) = kind else {
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
    let names = kind.names(&bytes);
    let is_named = |word: &&&str| {
        names
            .iter()
            .flatten()
            .any(|name| parameter::outermost(name) == **word)
    };
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

/// The names of the outermost parameters of a body as they are looked for, and `None` when they cannot be told; none at
/// all where GitLab makes no parameters of such a body.
#[cfg(feature = "fuzzing")]
pub(crate) fn outermost_names(headers: &HeaderMap, body: &[u8]) -> Option<Vec<String>> {
    let Ok(Some(kind)) = Kind::of(headers) else {
        return Some(Vec::new());
    };
    let names = kind.names(body)?.into_iter();
    Some(names.map(|name| parameter::outermost(&name).to_owned()).collect())
}

impl Kind {
    fn of(headers: &HeaderMap) -> Result<Option<Self>> {
        let mut kinds = headers.get_all(CONTENT_TYPE).iter();
        let Some(kind) = kinds.next() else {
            return Ok(Some(Self::Unsaid));
        };
        if kinds.next().is_some() {
            return Err(ApiError::invalid_field("Content-Type", "it is there twice"));
        }
        let kind = String::from_utf8_lossy(kind.as_bytes());
        // A comma ends it, too, in Rack.
        let essence = kind.split([';', ',']).next().unwrap_or_default();
        let essence = essence.trim().to_ascii_lowercase();
        Ok(match essence.as_str() {
            "" => Some(Self::Unsaid),
            "application/x-www-form-urlencoded" => Some(Self::Form),
            "application/json" | "text/x-json" | "application/jsonrequest" => Some(Self::Json),
            _ if essence.ends_with("+json") => Some(Self::Json),
            _ if essence.starts_with("multipart/") => Some(Self::Multipart(boundary(&kind))),
            _ => None,
        })
    }

    /// The names of the parameters, however deep; `None` when they cannot be told.
    fn names(&self, bytes: &[u8]) -> Option<Vec<String>> {
        match self {
            Self::Form => Some(names_of_form(bytes)),
            Self::Json => Some(names_of_json(bytes)),
            Self::Unsaid => Some([names_of_form(bytes), names_of_json(bytes)].concat()),
            Self::Multipart(boundary) => names_of_multipart(boundary.as_ref()?, bytes),
        }
    }
}

/// The boundary that a content type names, where all who look for it find the same: Rack takes the last that looks like
/// one, wherever it stands, as far as a comma.
fn boundary(kind: &str) -> Option<String> {
    let lower = kind.to_ascii_lowercase();
    let named = |(place, word): (usize, &str)| lower[place + word.len()..].trim_start().starts_with('=');
    if lower
        .match_indices("boundary")
        .filter(|found| named(*found))
        .count()
        != 1
    {
        return None;
    }
    let mut parameters = kind.split(';').skip(1).map(str::trim);
    let value = parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.eq_ignore_ascii_case("boundary").then_some(value)
    })?;
    let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    let quotes = if quoted.is_some() { 2 } else { 0 };
    let value = quoted.unwrap_or(value);
    let is_plain = (1..=LONGEST_BOUNDARY).contains(&value.len())
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"'()+_-./:=?".contains(&byte))
        && kind.matches('"').count() == quotes;
    is_plain.then(|| value.to_owned())
}

fn names_of_form(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let name = |pair: &str| {
        let name = pair.split('=').next().unwrap_or_default().replace('+', " ");
        percent_decode_str(&name).decode_utf8_lossy().into_owned()
    };
    text.split(['&', ';']).map(name).collect()
}

fn names_of_json(bytes: &[u8]) -> Vec<String> {
    #[expect(
        clippy::zero_sized_map_values,
        reason = "an object is read as a map, and only its names are of interest"
    )]
    let object: serde_json::Result<HashMap<String, IgnoredAny>> = serde_json::from_slice(bytes);
    if let Ok(object) = object {
        return object.into_keys().collect();
    }
    let is_object = bytes.trim_ascii_start().starts_with(b"{");
    if !is_object && serde_json::from_slice::<IgnoredAny>(bytes).is_ok() {
        return Vec::new();
    }
    // GitLab's reader takes more for JSON than JSON is, comments and halves of characters for example: every string may be
    // a name.
    let text = String::from_utf8_lossy(bytes);
    text.split('"').map(without_escapes).collect()
}

/// What a string of JSON stands for, as far as names go.
fn without_escapes(text: &str) -> String {
    let mut pieces = text.split("\\u");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let number = piece
            .get(..4)
            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match number.and_then(char::from_u32) {
            Some(letter) => {
                plain.push(letter);
                plain.push_str(&piece[4..]);
            }
            None => plain.push_str(piece),
        }
    }
    plain.replace('\\', "")
}

/// Reads only what every reader takes apart alike: nothing before the first part and behind the last, the boundary nowhere
/// else.
fn names_of_multipart(boundary: &str, bytes: &[u8]) -> Option<Vec<String>> {
    let text = String::from_utf8_lossy(bytes);
    let delimiter = format!("--{boundary}");
    let mut pieces = text.strip_prefix(&delimiter)?.split(&delimiter).peekable();
    let mut names = Vec::new();
    loop {
        let piece = pieces.next()?;
        if pieces.peek().is_none() {
            return matches!(piece, "--" | "--\r\n").then_some(names);
        }
        let part = piece.strip_prefix("\r\n")?.strip_suffix("\r\n")?;
        let (head, _) = part.split_once("\r\n\r\n")?;
        names.extend(names_of_part(head)?);
    }
}

/// The names that the head of a part may give it: whatever is called a name there, that of its file among them.
fn names_of_part(head: &str) -> Option<Vec<String>> {
    let lower = head.to_ascii_lowercase();
    let is_line = |line: &str| {
        line.starts_with(|first: char| first.is_ascii_alphabetic())
            && line.contains(':')
            && !line.contains(|letter: char| letter.is_control() && letter != '\t')
    };
    let dispositions = lower
        .split("\r\n")
        .filter(|line| line.starts_with("content-disposition:"));
    // Other ways to name a part, of which each reader has its own idea.
    let is_odd = lower.contains("name*") || lower.contains("content-id") || head.contains('\\');
    if is_odd || !lower.split("\r\n").all(is_line) || dispositions.count() != 1 {
        return None;
    }
    let names: Vec<String> = lower
        .match_indices("name=")
        .map(|(place, word)| {
            let value = head[place + word.len()..].trim_start();
            let end = |quote: char| value[1..].find(quote).map_or(value.len(), |end| end + 1);
            let value = match value.chars().next() {
                Some(quote @ ('"' | '\'')) => &value[1..end(quote)],
                _ => value
                    .split(|letter: char| !(letter.is_alphanumeric() || "_-.[]".contains(letter)))
                    .next()
                    .unwrap_or_default(),
            };
            value.to_owned()
        })
        .collect();
    (!names.is_empty()).then_some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(kind: &str) -> HeaderMap {
        let kind = http::HeaderValue::from_bytes(kind.as_bytes()).unwrap();
        HeaderMap::from_iter([(CONTENT_TYPE, kind)])
    }

    fn named(kind: &str, body: &str) -> Option<Vec<String>> {
        let names = Kind::of(&headers(kind))
            .unwrap()
            .unwrap()
            .names(body.as_bytes())?;
        Some(
            names
                .iter()
                .map(|name| parameter::outermost(name).to_owned())
                .collect(),
        )
    }

    fn form_with(head: &str) -> String {
        format!("--b\r\nContent-Disposition: form-data; {head}\r\n\r\ndelete\r\n--b--\r\n")
    }

    #[test]
    fn what_a_form_names_is_found_however_it_is_written() {
        for body in [
            "_method=delete",
            "a=1&_method=delete",
            "a=1;%5Fmethod=delete",
            "a&_%6dethod",
            "[_method]=delete",
            "_method%5D[]=delete",
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
            "name=_method, x",
            "name=\"[_method]\"",
        ] {
            let names = named("multipart/form-data; boundary=\"b\"", &form_with(head)).unwrap();
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
    fn what_only_looks_like_another_kind_is_read_as_what_gitlab_takes_it_for() {
        for kind in [
            "application/x-www-form-urlencoded, text/plain",
            "Application/X-WWW-Form-Urlencoded ;\u{e4}",
            // Whoever says nothing may have sent a form or JSON.
            "",
        ] {
            let names = named(kind, "a=1&_method=delete").unwrap();
            assert!(names.iter().any(|name| name == METHOD), "{kind}");
        }
        for kind in [
            "text/x-json",
            "application/jsonrequest",
            "application/vnd.api+json",
            "",
        ] {
            let names = named(kind, "{\"private_token\": 1}").unwrap();
            assert!(names.iter().any(|name| name == "private_token"), "{kind}");
        }
        assert_eq!(Kind::of(&HeaderMap::new()).unwrap(), Some(Kind::Unsaid));
        assert_eq!(Kind::of(&headers("application/octet-stream")).unwrap(), None);
    }

    #[test]
    fn what_is_json_to_gitlab_alone_hides_nothing() {
        for body in [
            "{/**/\"private_token\":1}",
            "{\"\\ud800\":1,\"private_token\":1}",
            "{\"\\ud800\":1,\"private\\u005Ftoken\":1}",
            "{\"private\\_token\":1}",
            "{\"a\":NaN,\"private_token\":1}",
        ] {
            let names = named("application/json", body).unwrap();
            assert!(names.iter().any(|name| name == "private_token"), "{body}");
        }
        assert_eq!(named("application/json", "[\"private_token\"]"), Some(Vec::new()));
    }

    #[test]
    fn what_readers_do_not_agree_on_is_not_known() {
        let usual = form_with("name=\"a\"");
        assert_eq!(
            named("multipart/form-data; boundary=b", &usual),
            Some(vec!["a".to_owned()])
        );
        for kind in [
            "multipart/form-data",
            "multipart/form-data; boundary=a; boundary=b",
            "multipart/form-data; boundary=b; xboundary=a",
            "multipart/form-data; xboundary=b",
            "multipart/form-data; boundary =b",
            "multipart/form-data; boundary=b,c",
            "multipart/form-data; a=\"; boundary=b",
            "multipart/form-data; boundary=\"\"",
        ] {
            assert_eq!(named(kind, &usual), None, "{kind}");
        }
        for head in [
            "name=\"a\"; name*=utf-8''_method",
            "name=\"a\"\r\nContent-ID: _method",
            "name=\"a\"\r\nContent-Disposition: form-data; name=\"b\"",
            "name=\"\\_method\"",
            "name=\"a\"\r\n folded",
            "name=\"a\"\nX: y",
            // Japanese that is nothing but the name, to Ruby.
            "name=\"\u{1b}(B_method\"\r\nContent-Type: text/plain; charset=iso-2022-jp",
            "filenames=\"a\"",
        ] {
            assert_eq!(
                named("multipart/form-data; boundary=b", &form_with(head)),
                None,
                "{head}"
            );
        }
        for body in [
            format!("before\r\n{usual}"),
            format!("{usual}behind"),
            usual.replace("--b--", ""),
            usual.replace("delete", "--b"),
            // The blank line in front belongs to the head, in Ruby.
            usual.replace("--b\r\n", "--b\r\n\r\n"),
            usual.replace("--b\r\n", "--b \r\n"),
        ] {
            assert_eq!(named("multipart/form-data; boundary=b", &body), None, "{body}");
        }
    }
}

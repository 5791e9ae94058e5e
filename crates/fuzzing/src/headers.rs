use http::header::{ETAG, HOST, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::choose;

/// Headers that are read here and by no library: keys of idempotent requests, the host that a client has asked, what it
/// has already.
pub(crate) fn run(data: &[u8]) {
    let Some((choice, bytes)) = choose(data) else {
        return;
    };
    match choice % 3 {
        0 => key(bytes),
        1 => host(bytes),
        _ => tags(bytes),
    }
}

fn only(name: HeaderName, value: &[u8]) -> Option<HeaderMap> {
    let value = HeaderValue::from_bytes(value).ok()?;
    Some(HeaderMap::from_iter([(name, value)]))
}

/// A key is taken as it is, or refused; it is what is documented of it.
fn key(bytes: &[u8]) {
    let Some(headers) = only(HeaderName::from_static("idempotency-key"), bytes) else {
        return;
    };
    let is_key = (1..=255).contains(&bytes.len()) && bytes.iter().all(|byte| (b'!'..=b'~').contains(byte));
    let taken = server::fuzzing::idempotency_key(&headers).ok();
    let taken = taken.as_ref().map(|key| key.as_deref().map(str::as_bytes));
    assert_eq!(taken, is_key.then_some(Some(bytes)));
}

/// Links lead to the host that was asked, to our path there, and say nothing about who asks.
fn host(bytes: &[u8]) {
    let Some(headers) = only(HOST, bytes) else {
        return;
    };
    let Some(host) = server::fuzzing::gateway_host(&headers) else {
        return;
    };
    assert_eq!(host.as_bytes(), bytes);
    let Ok(link) = Url::parse(&format!("https://{host}/api/v4/groups?page=2")) else {
        return;
    };
    assert_eq!((link.username(), link.password()), ("", None), "{link}");
    assert_eq!(
        (link.path(), link.query()),
        ("/api/v4/groups", Some("page=2")),
        "{link}"
    );
}

/// A first line for the tag of an answer, the rest is what the client has: what is a list of tags is read as one.
fn tags(bytes: &[u8]) {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
        return;
    };
    let (Some(answer), Some(request)) = (only(ETAG, &bytes[..end]), only(IF_NONE_MATCH, &bytes[end + 1..]))
    else {
        return;
    };
    let text = |headers: &HeaderMap, name| headers[name].to_str().map(str::to_owned);
    let (Ok(tag), Ok(known)) = (text(&answer, ETAG), text(&request, IF_NONE_MATCH)) else {
        return;
    };
    let (Some(tags), Some(known)) = (list(&tag), list(&known)) else {
        return;
    };
    let [tag] = tags.as_slice() else {
        return;
    };
    // A comma within a tag is no reason to send what is there already, but no mistake either.
    if tag != "*" && !tag.contains(',') {
        let has_it = known.iter().any(|known| known == tag || known == "*");
        assert_eq!(
            server::fuzzing::has_answer(&request, &answer),
            has_it,
            "{tag} in {known:?}"
        );
    }
}

/// The tags of a list without their marks of weakness (RFC 9110 §13.1.2); `None` when it is none.
fn list(text: &str) -> Option<Vec<String>> {
    if text == "*" {
        return Some(vec![text.to_owned()]);
    }
    let mut tags = Vec::new();
    let mut rest = text;
    loop {
        let tag = rest.strip_prefix("W/").unwrap_or(rest).strip_prefix('"')?;
        let (tag, behind) = tag.split_once('"')?;
        if tag.contains([' ', '\t']) {
            return None;
        }
        tags.push(format!("\"{tag}\""));
        let behind = behind.trim_start_matches([' ', '\t']);
        if behind.is_empty() {
            return Some(tags);
        }
        rest = behind.strip_prefix(',')?.trim_start_matches([' ', '\t']);
    }
}

use std::sync::LazyLock;

use gitlab_client::passthrough::parameter::CREDENTIALS;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use regex::bytes::Regex;
use serde_json::Value;

/// Bodies that could do something else than their request says: a first line for the content type, the rest is the body.
///
/// What Rack, `form_urlencoded`, multer or serde find in a body is found by the proxy, or it says that it cannot tell.
pub(crate) fn run(data: &[u8]) {
    let (kind, body) = match data.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (&[][..], data),
    };
    let mut headers = HeaderMap::new();
    if !kind.is_empty() {
        let Ok(value) = HeaderValue::from_bytes(kind) else {
            return;
        };
        headers.insert(CONTENT_TYPE, value);
    }
    let Some(found) = server::fuzzing::parameters_of_body(&headers, body) else {
        assert!(
            is_multipart(kind),
            "only of a body in parts nobody knows what it says"
        );
        return;
    };
    let kind = String::from_utf8_lossy(kind);
    for (reader, names) in [
        ("a form", as_form(&kind, body)),
        ("JSON", as_json(&kind, body)),
        ("Rack 2", as_rack_2(&kind, body)),
        ("Rack 3", as_rack_3(&kind, body)),
        ("multer", as_multer(&kind, body)),
    ] {
        for name in names {
            let is_dangerous = name == "_method" || CREDENTIALS.contains(&name.as_str());
            assert!(
                !is_dangerous || found.contains(&name),
                "{name} is there to {reader}, found was {found:?} in {kind:?} {:?}",
                String::from_utf8_lossy(body)
            );
        }
    }
}

/// The type as Rack has it: up to a semicolon or a comma.
fn essence(kind: &str) -> String {
    let essence = kind.split([';', ',']).next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

fn is_multipart(kind: &[u8]) -> bool {
    essence(&String::from_utf8_lossy(kind)).starts_with("multipart/")
}

/// Rack 2 passes over brackets in front, and the first part of what is nested is the parameter.
fn rack_2_name(name: &str) -> String {
    let name = name.trim_start_matches(['[', ']']);
    name.split(['[', ']']).next().unwrap_or_default().to_owned()
}

/// Rack 3 takes them for what they are.
fn rack_3_name(name: &str) -> String {
    let nested = name.char_indices().skip(1).find(|(_, letter)| *letter == '[');
    nested.map_or(name, |(place, _)| &name[..place]).to_owned()
}

fn as_form(kind: &str, body: &[u8]) -> Vec<String> {
    if !["", "application/x-www-form-urlencoded"].contains(&essence(kind).as_str()) {
        return Vec::new();
    }
    let names = |body: &[u8]| -> Vec<String> {
        let pairs = url::form_urlencoded::parse(body);
        pairs
            .flat_map(|(name, _)| [rack_2_name(&name), rack_3_name(&name)])
            .collect()
    };
    // Rack 2.2 and those before it: a semicolon separates, too.
    let older: Vec<u8> = body
        .iter()
        .map(|byte| if *byte == b';' { b'&' } else { *byte })
        .collect();
    [names(body), names(&older)].concat()
}

fn as_json(kind: &str, body: &[u8]) -> Vec<String> {
    if !["", "application/json"].contains(&essence(kind).as_str()) {
        return Vec::new();
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => object.keys().cloned().collect(),
        _ => Vec::new(),
    }
}

/// The names that a head gives a part, by the expression of Rack 2.2.
fn as_rack_2(kind: &str, body: &[u8]) -> Vec<String> {
    static BOUNDARY: LazyLock<Regex> =
        LazyLock::new(|| expression(r#"(?i-u)\Amultipart/.*boundary="?([^";,]+)"?"#));
    static NAME: LazyLock<Regex> = LazyLock::new(|| {
        expression(r#"(?i-u)Content-Disposition:[^:]*;\s*name=("(?:\\"|[^"])*"|[^\s()<>,;:\\"/\[\]?=]+)"#)
    });
    let Some(boundary) = BOUNDARY.captures(kind.as_bytes()) else {
        return Vec::new();
    };
    heads(&boundary[1], body)
        .iter()
        .filter_map(|head| {
            let name = String::from_utf8_lossy(&NAME.captures(head)?[1]).into_owned();
            Some(rack_2_name(&name.trim_matches('"').replace('\\', "")))
        })
        .collect()
}

/// The same, by the steps of Rack 3.
fn as_rack_3(kind: &str, body: &[u8]) -> Vec<String> {
    static BOUNDARY: LazyLock<Regex> =
        LazyLock::new(|| expression(r#"(?i-u)\Amultipart/.*?boundary(\s*)="?([^";,]+)"?"#));
    static DISPOSITION: LazyLock<Regex> = LazyLock::new(|| {
        expression(r"(?im-u)^Content-Disposition:(?:[ \t]+(?:\r\n[ \t]+)?)?((?:[^\r\n]|\r\n[ \t])*)")
    });
    let Some(boundary) = BOUNDARY
        .captures(kind.as_bytes())
        .filter(|found| found[1].is_empty())
    else {
        return Vec::new();
    };
    heads(&boundary[2], body)
        .iter()
        .filter_map(|head| {
            let value = String::from_utf8_lossy(&DISPOSITION.captures(head)?[1]).into_owned();
            let value = value.replace("\r\n", "");
            name_among(value.split_once(';')?.1).map(|name| rack_3_name(&name))
        })
        .collect()
}

/// The last `name` among the parameters of a disposition.
fn name_among(mut parameters: &str) -> Option<String> {
    let mut found = None;
    while let Some((name, rest)) = parameters.split_once('=') {
        let (value, rest) = match rest.strip_prefix('"') {
            Some(quoted) => until_quote(quoted),
            None => rest.split_once(';').map_or_else(
                || (rest.trim().to_owned(), ""),
                |(value, _)| (value.to_owned(), &rest[value.len()..]),
            ),
        };
        if name.trim_start() == "name" {
            found = Some(value);
        }
        parameters = rest.split_once(';').map_or(rest, |(_, rest)| rest);
    }
    found
}

fn until_quote(quoted: &str) -> (String, &str) {
    let (mut value, mut rest) = (String::new(), quoted);
    while let Some(end) = rest.find(['"', '\\']) {
        value.push_str(&rest[..end]);
        let is_quote = rest[end..].starts_with('"');
        rest = &rest[end + 1..];
        if is_quote {
            break;
        }
        let mut letters = rest.chars();
        value.extend(letters.next());
        rest = letters.as_str();
    }
    (value, rest)
}

/// The heads of the parts, as both take them apart.
fn heads<'b>(boundary: &[u8], body: &'b [u8]) -> Vec<&'b [u8]> {
    static END: LazyLock<Regex> = LazyLock::new(|| expression(r"(?s-u)\A(.*?\r\n)\r\n"));
    let boundary = regex::escape(&String::from_utf8_lossy(boundary));
    let Ok(delimiter) = Regex::new(&format!(r"(?s)(?:\r\n|\A)--{boundary}(\r\n|--)")) else {
        return Vec::new();
    };
    let (mut heads, mut at) = (Vec::new(), 0);
    while let Some(found) = delimiter.captures_at(body, at) {
        let (whole, kind) = (found.get(0), found.get(1));
        at = whole.map_or(body.len(), |whole| whole.end());
        if kind.is_some_and(|kind| kind.as_bytes() == b"--") {
            // Before the first part it is passed over, behind it it is the end.
            if heads.is_empty() {
                continue;
            }
            break;
        }
        let Some(head) = END.captures(&body[at..]).and_then(|found| found.get(1)) else {
            break;
        };
        heads.push(head.as_bytes());
        // The delimiter of an empty part begins with the line's end that its head ends with.
        at += head.end();
    }
    heads
}

fn as_multer(kind: &str, body: &[u8]) -> Vec<String> {
    let Ok(boundary) = multer::parse_boundary(kind) else {
        return Vec::new();
    };
    let whole = body.to_vec();
    let stream = futures::stream::once(async move { Ok::<_, std::convert::Infallible>(whole) });
    let mut parts = multer::Multipart::new(stream, boundary);
    let mut names = Vec::new();
    futures::executor::block_on(async {
        while let Ok(Some(part)) = parts.next_field().await {
            names.extend(part.name().map(rack_2_name));
        }
    });
    names
}

fn expression(text: &str) -> Regex {
    Regex::new(text).expect("an expression")
}

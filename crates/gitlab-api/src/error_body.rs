//! What an error body of GitLab means to a person.
//!
//! GitLab answers in more than ten shapes (GitLab API facts §5.1): a string, an object of lists, or a list under
//! `message`; a string or list under `error`; OAuth's `error_description`; `status` with `message`; a Ruby hash
//! printed into a string; plain text; a proxy's HTML page. One reader takes them all.
//!
//! The texts are in the caller's language on a real instance: decide on status and field names, never on words.

use serde_json::Value;

/// Longest sentence made from an answer, in characters.
const MAX_SENTENCE: usize = 500;

/// An error answer, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErrorBody {
    /// One line for a person. Empty when the body said nothing readable.
    pub sentence: String,
    /// The complaints by field, an object's in the order of their names, without a leading colon: `path` → `has already been taken`.
    /// Empty when the body did not name fields.
    pub fields: Fields,
}

/// Field names with what is said about each.
pub type Fields = Vec<(String, Vec<String>)>;

impl ErrorBody {
    /// Reads any body. Never fails: what is no JSON counts as text, and a page of HTML as its title.
    pub fn parse(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let mut read = match serde_json::from_str::<Value>(&text) {
            Ok(value) => from_json(&value),
            Err(_) => Self {
                sentence: from_text(&text),
                fields: Vec::new(),
            },
        };
        read.sentence = one_line(&read.sentence);
        read
    }

    /// True when a complaint is about `field`; `path` also matches `route.path` and `project_namespace.path`.
    pub fn complains_about(&self, field: &str) -> bool {
        self.fields
            .iter()
            .any(|(name, _)| name == field || name.rsplit_once('.').is_some_and(|(_, last)| last == field))
    }
}

fn from_json(value: &Value) -> ErrorBody {
    let Value::Object(body) = value else {
        return ErrorBody {
            sentence: flatten(value),
            fields: Vec::new(),
        };
    };
    if let Some(message) = body.get("message").filter(|message| !message.is_null()) {
        return from_message(message);
    }
    if let Some(description) = body.get("error_description").and_then(Value::as_str) {
        return ErrorBody {
            sentence: description.to_owned(),
            fields: Vec::new(),
        };
    }
    match body.get("error") {
        Some(error) => from_message(error),
        None => ErrorBody {
            sentence: flatten(value),
            fields: Vec::new(),
        },
    }
}

fn from_message(message: &Value) -> ErrorBody {
    match message {
        Value::Object(fields) => {
            if let (1, Some(Value::String(text))) = (fields.len(), fields.get("error")) {
                return ErrorBody {
                    sentence: text.clone(),
                    fields: Vec::new(),
                };
            }
            of_fields(
                fields
                    .iter()
                    .map(|(name, texts)| (name.clone(), lines(texts)))
                    .collect(),
            )
        }
        Value::String(text) => match ruby_hash(text) {
            Some((intro, fields)) if !fields.is_empty() => {
                let read = of_fields(fields);
                ErrorBody {
                    sentence: format!("{intro}{}", read.sentence),
                    fields: read.fields,
                }
            }
            _ => ErrorBody {
                sentence: text.clone(),
                fields: Vec::new(),
            },
        },
        other => ErrorBody {
            sentence: lines(other).join("; "),
            fields: Vec::new(),
        },
    }
}

fn of_fields(fields: Fields) -> ErrorBody {
    let mut parts: Vec<String> = Vec::with_capacity(fields.len());
    for (name, texts) in &fields {
        let texts = texts.join(", ");
        // `base` holds whole sentences that belong to no field.
        parts.push(if name == "base" {
            texts
        } else {
            format!("{name} {texts}")
        });
    }
    ErrorBody {
        sentence: parts.join("; "),
        fields,
    }
}

/// `Failed to save group {:path=>["has already been taken"]}`, and Ruby 3.4's `{path: ["…"]}`: what stands
/// before the hash, made readable, and the hash.
fn ruby_hash(text: &str) -> Option<(String, Fields)> {
    let open = text.find('{')?;
    let inner = text[open + 1..].trim_end().strip_suffix('}')?;
    let mut fields = Fields::new();
    let mut rest = inner;
    while let Some(list) = rest.find('[') {
        let name = rest[..list]
            .trim_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | '=' | '>' | '"'))
            .to_owned();
        let (texts, after) = ruby_strings(&rest[list + 1..])?;
        fields.push((name, texts));
        rest = after;
    }
    let intro = text[..open].trim_end();
    let intro = if intro.is_empty() {
        String::new()
    } else {
        format!("{intro}: ")
    };
    Some((intro, fields))
}

/// The quoted strings up to the closing bracket, and what follows it.
fn ruby_strings(text: &str) -> Option<(Vec<String>, &str)> {
    let mut texts = Vec::new();
    let mut current: Option<String> = None;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match &mut current {
            Some(open) if escaped => {
                open.push(character);
                escaped = false;
            }
            Some(_) if character == '\\' => escaped = true,
            Some(open) if character == '"' => {
                texts.push(std::mem::take(open));
                current = None;
            }
            Some(open) => open.push(character),
            None if character == '"' => current = Some(String::new()),
            None if character == ']' => return Some((texts, &text[at + 1..])),
            None => {}
        }
    }
    None
}

fn lines(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().map(flatten).collect(),
        other => vec![flatten(other)],
    }
}

fn flatten(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(flatten).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, inner)| format!("{name} {}", flatten(inner)))
            .collect::<Vec<_>>()
            .join("; "),
        other => other.to_string(),
    }
}

fn from_text(text: &str) -> String {
    let trimmed = text.trim();
    if !trimmed.starts_with('<') {
        return trimmed.to_owned();
    }
    let lower = trimmed.to_ascii_lowercase();
    let title = lower
        .find("<title>")
        .zip(lower.find("</title>"))
        .and_then(|(open, close)| trimmed.get(open + "<title>".len()..close));
    title.map(|title| title.trim().to_owned()).unwrap_or_default()
}

fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_SENTENCE) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sentence(body: &str) -> String {
        ErrorBody::parse(body.as_bytes()).sentence
    }

    #[test]
    fn every_shape_of_gitlab_becomes_a_sentence() {
        let cases = [
            (r#"{"message":"404 Group Not Found"}"#, "404 Group Not Found"),
            (
                r#"{"message":{"path":["has already been taken"],"name":["a","b"]}}"#,
                "name a, b; path has already been taken",
            ),
            (
                r#"{"message":{"base":["The project is still being deleted. Please try again later."]}}"#,
                "The project is still being deleted. Please try again later.",
            ),
            (
                r#"{"message":["Push access levels access level has already been taken"]}"#,
                "Push access levels access level has already been taken",
            ),
            (
                r#"{"message":{"error":"This endpoint has been requested too many times. Try again later."}}"#,
                "This endpoint has been requested too many times. Try again later.",
            ),
            (
                r#"{"error":"name is missing, path is missing"}"#,
                "name is missing, path is missing",
            ),
            (
                r#"{"error":["You've reached your limit"]}"#,
                "You've reached your limit",
            ),
            (
                r#"{"error":"invalid_token","error_description":"Token is expired."}"#,
                "Token is expired.",
            ),
            (
                r#"{"status":"error","message":{"bo.reed":"Access level is too low"}}"#,
                "bo.reed Access level is too low",
            ),
            ("Retry later\n", "Retry later"),
            (
                "<html><head><title>502 Bad\nGateway</title></head><body>…</body></html>",
                "502 Bad Gateway",
            ),
            ("<html>", ""),
            ("", ""),
        ];
        for (body, expected) in cases {
            assert_eq!(sentence(body), expected, "{body}");
        }
    }

    #[test]
    fn a_ruby_hash_in_a_string_gives_its_fields_in_both_spellings() {
        for body in [
            r#"{"message":"Failed to save group {:name=>[\"has already been taken\"], :path=>[\"x \\\"y\\\" z\"]}"}"#,
            r#"{"message":"Failed to save group {name: [\"has already been taken\"], path: [\"x \\\"y\\\" z\"]}"}"#,
            r#"{"message":"Failed to save group {\"name\"=>[\"has already been taken\"], \"path\"=>[\"x \\\"y\\\" z\"]}"}"#,
        ] {
            let read = ErrorBody::parse(body.as_bytes());
            assert_eq!(
                read.sentence,
                "Failed to save group: name has already been taken; path x \"y\" z"
            );
            assert!(read.complains_about("path") && read.complains_about("name"));
            assert!(!read.complains_about("visibility_level"));
        }
    }

    #[test]
    fn a_nested_field_answers_to_its_last_part() {
        let read = ErrorBody::parse(br#"{"message":{"route.path":["has already been taken"]}}"#);
        assert!(read.complains_about("path"));
        assert!(!read.complains_about("route"));
    }

    #[test]
    fn a_long_answer_is_cut() {
        let body = format!(r#"{{"message":"{}"}}"#, "x ".repeat(2_000));
        assert_eq!(sentence(&body).chars().count(), MAX_SENTENCE + 1);
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = ErrorBody::parse(&body);
        }

        #[test]
        fn no_message_makes_it_panic(text in "[a-z{}:=>\\[\\]\",\\\\ ]{0,60}") {
            let body = serde_json::json!({ "message": text }).to_string();
            let _ = ErrorBody::parse(body.as_bytes());
        }
    }
}

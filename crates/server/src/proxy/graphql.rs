use std::fmt;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method};
use serde::de::value::MapAccessDeserializer;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// The largest question that is looked into; what is larger is taken for a write.
pub(super) const LARGEST: usize = super::hidden::LARGEST;

/// The body of a request to GraphQL. It is an object: a list of as many values would be read as its fields, and by GitLab
/// as questions, of which it passes over those that are none.
struct Question(Fields);

/// What a question may have, with nothing else beside it: GitLab also takes questions under `_json`, and of two under one
/// name the last.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Fields {
    query: String,
    #[serde(default, rename = "variables")]
    _variables: IgnoredAny,
    #[serde(default, rename = "operationName")]
    _operation_name: IgnoredAny,
    #[serde(default, rename = "extensions")]
    _extensions: IgnoredAny,
}

impl<'de> Deserialize<'de> for Question {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Question;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Question, A::Error> {
                Fields::deserialize(MapAccessDeserializer::new(fields)).map(Question)
            }
        }

        from.deserialize_map(Object)
    }
}

/// Whether a body is JSON to GitLab. What looks like JSON may be another question as a form.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let mut kinds = headers.get_all(CONTENT_TYPE).iter();
    let kind = kinds.next().and_then(|kind| kind.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default();
    kinds.next().is_none() && essence.trim().eq_ignore_ascii_case("application/json")
}

/// Whether a request to `/api/graphql` may change something, as far as can be told without knowing the schema.
///
/// GitLab answers a `GET` with a refusal where it would change something. A body says it itself: in GraphQL whatever
/// writes is declared `mutation`, and a document of queries cannot. What cannot be read here is taken for a write.
pub(crate) fn may_write(method: &Method, body: Option<&Bytes>) -> bool {
    if method.is_safe() {
        return false;
    }
    // GitLab takes several questions in one body, as a list.
    let read = |body: &Bytes| -> Option<Vec<Question>> {
        serde_json::from_slice(body)
            .map(|one: Question| vec![one])
            .or_else(|_| serde_json::from_slice(body))
            .ok()
    };
    match body.and_then(read) {
        Some(questions) => questions
            .iter()
            .any(|Question(fields)| declares_write(&fields.query)),
        None => true,
    }
}

/// Whether a document declares anything but queries and fragments. Strings and comments declare nothing; where the lexers
/// that GitLab may run with (graphql-ruby's own, and the one in C beside it) end them elsewhere than the specification of
/// GraphQL, the document may declare anything.
fn declares_write(document: &str) -> bool {
    let mut rest = document;
    let mut depth = 0_u32;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '#' => match comment(rest) {
                Some(length) => length,
                None => return true,
            },
            '"' => match string(rest) {
                Some(length) => length,
                None => return true,
            },
            '{' | '(' | '[' => {
                depth += 1;
                1
            }
            '}' | ')' | ']' => {
                depth = depth.saturating_sub(1);
                1
            }
            // No number stands there, and where one ends before a name is not agreed upon.
            '0'..='9' if depth == 0 => return true,
            _ if is_name(first) => {
                let end = rest.find(|letter| !is_name(letter)).unwrap_or(rest.len());
                if depth == 0 && matches!(&rest[..end], "mutation" | "subscription") {
                    return true;
                }
                end
            }
            other => other.len_utf8(),
        };
        rest = &rest[length..];
    }
    false
}

fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// How long the comment is with which the text begins; `None` when that is not agreed upon: a carriage return alone ends
/// one, but not in Ruby.
fn comment(text: &str) -> Option<usize> {
    let line = &text[..text.find('\n').unwrap_or(text.len())];
    match line.find('\r') {
        None => Some(line.len()),
        Some(end) if end + 1 == line.len() && line.len() < text.len() => Some(end),
        Some(_) => None,
    }
}

/// How long the string is with which the text begins; `None` when it does not end, or when that is not agreed upon.
fn string(text: &str) -> Option<usize> {
    if text.starts_with(BLOCK) {
        return block(text);
    }
    let mut escaped = false;
    for (place, letter) in text.char_indices().skip(1) {
        match letter {
            '\n' | '\r' => return None,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(place + 1),
            _ => {}
        }
    }
    None
}

const BLOCK: &str = "\"\"\"";

/// The same for a block string. In Ruby two quotes before the closing three belong to it, a backslash escapes no more than
/// three, and in C none that follow others.
fn block(text: &str) -> Option<usize> {
    let mut from = BLOCK.len();
    loop {
        let start = from + text[from..].find('"')?;
        let end = text[start..]
            .find(|letter| letter != '"')
            .map_or(text.len(), |length| start + length);
        match end - start {
            1 | 2 => {}
            3 if !text[..start].ends_with('\\') => return Some(end),
            3 if !text[..start - 1].ends_with('"') || start - 1 == BLOCK.len() => {}
            _ => return None,
        }
        from = end;
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use serde_json::json;

    use super::*;

    fn writes(query: &str) -> bool {
        let body = json!({ "query": query, "variables": { "a": "mutation" } });
        may_write(&Method::POST, Some(&body.to_string().into()))
    }

    #[test]
    fn queries_are_told_from_mutations_by_what_they_declare() {
        for query in [
            "{ currentUser { id } }",
            "query mutationOfMine($mutation: String) { mutation: project(fullPath: $mutation) { id } }",
            "# mutation\nquery { a(text: \"mutation { x }\") }",
            "query { a(text: \"\"\" \\\"\"\" mutation \"\"\") } fragment f on mutation2 { id }",
            "query { a(text: \"\"\"\\\"\"\" mutation \"\"\", b: \"\"\"\"\"\", c: \"\"\"a \"\"b\"\"\") }",
            "# mutation\r\nquery { a(first: 10) } # mutation",
            "",
        ] {
            assert!(!writes(query), "{query}");
        }
        for query in [
            "mutation { projectDelete(input: {}) { errors } }",
            "query a { b }\nmutation c { d }",
            "fragment f on Project { id } mutation{x}",
            "subscription { x }",
            // Not GraphQL: whatever GitLab makes of it.
            "query { a(text: \"open }\nmutation { x }",
            "query a { b } 0mutation c { d }",
        ] {
            assert!(writes(query), "{query}");
        }
    }

    #[test]
    fn where_gitlab_may_end_a_comment_or_a_string_elsewhere_a_document_may_declare_anything() {
        for query in [
            // A comment until the line ends to Ruby, until the carriage return to us.
            "query a { b } # \r \"\"\"\nmutation c { d }\n# \"\"\"",
            "query a { b } # \r",
            // A string of `a""` and one more quote to Ruby, a string of `a` and another block to us.
            "query a { b(t: [\"\"\"a\"\"\"\"\"\" \"]) } mutation c { d } # \"\"\"]) }",
            // To Ruby the three quotes end it.
            "query a { b(t: [\"\"\" \\\"\"\"\" \"]) } mutation c { d } # \"\"\"]) }",
            // To C, too.
            "query a { b(t: \"\"\" \"\"\\\"\"\") } mutation c { d } # \"\"\") }",
        ] {
            assert!(writes(query), "{query}");
        }
    }

    #[test]
    fn only_what_is_declared_as_json_is_read_as_json() {
        let said = |kinds: &[&'static str]| {
            let kinds = kinds
                .iter()
                .map(|kind| (CONTENT_TYPE, HeaderValue::from_static(kind)));
            is_json(&kinds.collect())
        };
        assert!(said(&["application/json"]));
        assert!(said(&["Application/JSON; charset=utf-8"]));
        for kinds in [
            [].as_slice(),
            &["application/x-www-form-urlencoded"],
            &["application/jsonp"],
            &["application/json", "application/x-www-form-urlencoded"],
        ] {
            assert!(!said(kinds), "{kinds:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_may_be_anything() {
        let body = |text: &'static str| Bytes::from_static(text.as_bytes());
        assert!(may_write(&Method::POST, None));
        assert!(may_write(&Method::POST, Some(&body("query=%7B%7D"))));
        assert!(may_write(&Method::POST, Some(&body("{}"))));
        let several = body("[{\"query\":\"{ a }\"},{\"query\":\"mutation { b }\"}]");
        assert!(may_write(&Method::POST, Some(&several)));
        assert!(!may_write(&Method::POST, Some(&body("[{\"query\":\"{ a }\"}]"))));
        let named = body("{\"query\":\"{ a }\",\"variables\":{},\"operationName\":null,\"extensions\":{}}");
        assert!(!may_write(&Method::POST, Some(&named)));
        // Rails reads the list under `_json`, and the last of two.
        for hidden in [
            "{\"query\":\"{ a }\",\"_json\":[{\"query\":\"mutation { b }\"}]}",
            "{\"query\":\"mutation { b }\",\"query\":\"{ a }\"}",
            "{\"query\":\"{ a }\",\"query\":\"mutation { b }\"}",
            "[{\"query\":\"{ a }\",\"_json\":1}]",
            // A list of questions, of which the first is none.
            "[\"{ a }\",{\"query\":\"mutation { b }\"}]",
            "[[\"{ a }\",{\"query\":\"mutation { b }\"}]]",
        ] {
            assert!(may_write(&Method::POST, Some(&body(hidden))), "{hidden}");
        }
        assert!(!may_write(&Method::GET, None));
    }
}

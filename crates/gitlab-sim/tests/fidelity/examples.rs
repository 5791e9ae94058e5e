//! Bodies as GitLab writes them: `examples/<name>.json` holds an invented one, or several in a list. An answer has
//! the shape of an example when it has the same keys in the same order, and values of the same JSON types. What is
//! null in one of several examples, and something else in another, may be either.

use std::path::Path;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::json;

use crate::client::{Answer, Lab};

/// Fails unless the body has the shape of an example. Of a list every row has to have it, and there has to be one.
#[track_caller]
pub(crate) fn same_shape(answer: &Answer, example: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fidelity/examples/{example}.json"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let complaints = complaints(&answer.text, &text);
    assert!(
        complaints.is_empty(),
        "not as examples/{example}.json:\n  {}\nbut {}",
        complaints.join("\n  "),
        answer.text
    );
}

/// As [`same_shape`], for text that came some other way.
#[track_caller]
pub(crate) fn same_shape_of(text: &str, example: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fidelity/examples/{example}.json"));
    let example =
        std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let complaints = complaints(text, &example);
    assert!(complaints.is_empty(), "{}\nbut {text}", complaints.join("\n"));
}

/// JSON that remembers the order of its keys.
#[derive(Debug, Clone, PartialEq)]
enum Json {
    Null,
    Boolean,
    Integer,
    Fraction,
    Text,
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    fn parse(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Integer => "an integer",
            Self::Fraction => "a fraction",
            Self::Text => "a text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

fn complaints(body: &str, example: &str) -> Vec<String> {
    let examples = match Json::parse(example) {
        Json::List(examples) => examples,
        one => vec![one],
    };
    let examples: Vec<&Json> = examples.iter().collect();
    let mut complaints = Vec::new();
    match Json::parse(body) {
        Json::List(rows) if rows.is_empty() => complaints.push("there is no row to look at".to_owned()),
        Json::List(rows) => {
            for row in &rows {
                compare("", row, &examples, &mut complaints);
            }
        }
        one => compare("", &one, &examples, &mut complaints),
    }
    complaints
}

fn compare(place: &str, actual: &Json, examples: &[&Json], complaints: &mut Vec<String>) {
    let alike: Vec<&Json> = examples
        .iter()
        .copied()
        .filter(|example| std::mem::discriminant(*example) == std::mem::discriminant(actual))
        .collect();
    if alike.is_empty() {
        let wanted: Vec<&str> = examples.iter().map(|example| example.name()).collect();
        complaints.push(format!(
            "`{place}` is {}, not {}",
            actual.name(),
            wanted.join(" or ")
        ));
        return;
    }
    match actual {
        Json::Object(pairs) => objects(place, pairs, &alike, complaints),
        Json::List(rows) => {
            let first: Vec<&Json> = alike
                .iter()
                .filter_map(|example| match example {
                    Json::List(rows) => rows.first(),
                    _ => None,
                })
                .collect();
            if let (Some(row), false) = (rows.first(), first.is_empty()) {
                compare(&format!("{place}[0]"), row, &first, complaints);
            }
        }
        _ => {}
    }
}

fn objects(place: &str, pairs: &[(String, Json)], examples: &[&Json], complaints: &mut Vec<String>) {
    let examples: Vec<&Vec<(String, Json)>> = examples
        .iter()
        .filter_map(|example| match example {
            Json::Object(pairs) => Some(pairs),
            _ => None,
        })
        .collect();
    let keys =
        |pairs: &[(String, Json)]| -> Vec<String> { pairs.iter().map(|(key, _)| key.clone()).collect() };
    let (ours, theirs) = (keys(pairs), keys(examples[0]));
    let before = complaints.len();
    for key in &theirs {
        if !ours.contains(key) {
            complaints.push(format!("`{place}` has no `{key}`"));
        }
    }
    for key in &ours {
        if !theirs.contains(key) {
            complaints.push(format!("`{place}` has a `{key}`"));
        }
    }
    if complaints.len() == before && ours != theirs {
        let (ours, theirs) = ours
            .iter()
            .zip(&theirs)
            .find(|(ours, theirs)| ours != theirs)
            .unwrap();
        complaints.push(format!("`{place}` has `{ours}` where `{theirs}` comes first"));
    }
    for (key, actual) in pairs {
        let values: Vec<&Json> = examples
            .iter()
            .filter_map(|pairs| pairs.iter().find(|(it, _)| it == key))
            .map(|(_, value)| value)
            .collect();
        if !values.is_empty() {
            compare(&format!("{place}.{key}"), actual, &values, complaints);
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Anything;

        impl<'de> Visitor<'de> for Anything {
            type Value = Json;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("JSON")
            }
            fn visit_unit<E>(self) -> Result<Json, E> {
                Ok(Json::Null)
            }
            fn visit_bool<E>(self, _: bool) -> Result<Json, E> {
                Ok(Json::Boolean)
            }
            fn visit_i64<E>(self, _: i64) -> Result<Json, E> {
                Ok(Json::Integer)
            }
            fn visit_u64<E>(self, _: u64) -> Result<Json, E> {
                Ok(Json::Integer)
            }
            fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
                Ok(Json::Fraction)
            }
            fn visit_str<E>(self, _: &str) -> Result<Json, E> {
                Ok(Json::Text)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Json, A::Error> {
                let mut list = Vec::new();
                while let Some(row) = rows.next_element()? {
                    list.push(row);
                }
                Ok(Json::List(list))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Json, A::Error> {
                let mut object = Vec::new();
                while let Some(pair) = pairs.next_entry()? {
                    object.push(pair);
                }
                Ok(Json::Object(object))
            }
        }

        deserializer.deserialize_any(Anything)
    }
}

#[test]
fn keys_their_order_and_types_are_compared() {
    let example = r#"{"id": 1, "name": "x", "tags": ["a"], "owner": {"id": 1}}"#;
    let nothing: [&str; 0] = [];
    let same = r#"{"id": 7, "name": "", "tags": [], "owner": {"id": 2}}"#;
    assert_eq!(complaints(same, example), nothing);
    assert_eq!(complaints(&format!("[{same}]"), example), nothing);
    assert_eq!(complaints("[]", example), ["there is no row to look at"]);
    assert_eq!(
        complaints(
            r#"{"name": "x", "id": 1, "tags": [1], "owner": {"age": 1.5}}"#,
            example
        ),
        [
            "`` has `name` where `id` comes first",
            "`.tags[0]` is an integer, not a text",
            "`.owner` has no `id`",
            "`.owner` has a `age`",
        ]
    );
}

#[test]
fn null_fits_where_an_example_has_it() {
    let nothing: [&str; 0] = [];
    let one = r#"{"id": 1}"#;
    let either = r#"[{"id": null}, {"id": 1}]"#;
    assert_eq!(
        complaints(r#"{"id": null}"#, one),
        ["`.id` is null, not an integer"]
    );
    assert_eq!(complaints(r#"{"id": null}"#, either), nothing);
    assert_eq!(complaints(r#"{"id": 2}"#, either), nothing);
    assert_eq!(
        complaints(r#"{"id": ""}"#, either),
        ["`.id` is a text, not null or an integer"]
    );
}

#[tokio::test]
async fn groups_projects_members_namespaces_users_and_tokens_are_as_in_the_examples() {
    let lab = Lab::start().await;
    let root = lab.root();
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    lab.member(&format!("groups/{acme}"), 1, 30).await;
    for (path, example) in [
        ("/groups".to_owned(), "group"),
        (format!("/groups/{acme}"), "group_detail"),
        (format!("/groups/{acme}/projects"), "project"),
        (format!("/projects/{site}"), "project_with_access"),
        ("/projects".to_owned(), "project_with_access"),
        ("/projects?simple=true".to_owned(), "project_simple"),
        (format!("/groups/{acme}/members"), "member"),
        (format!("/namespaces/{acme}"), "namespace"),
        ("/personal_access_tokens/self".to_owned(), "personal_access_token"),
        ("/version".to_owned(), "version"),
    ] {
        same_shape(&root.get(&path).await, example);
    }
    let dev = lab.dev(1);
    same_shape(&dev.get("/users?username=dev-0002").await, "user_basic");
    same_shape(&dev.get("/users/3").await, "user");
    same_shape(&dev.get("/user").await, "user_current");
    same_shape(&root.get("/user").await, "user_current_admin");
}

#[tokio::test]
async fn refusals_are_as_in_the_examples() {
    let lab = Lab::start().await;
    let root = lab.root();
    lab.group(None, "acme", "private").await;
    let taken = json!({"name": "Acme", "path": "acme"});
    same_shape(&lab.anonymous().get("/groups/none").await, "error_message");
    same_shape(&root.post("/groups", taken).await, "error_message");
    same_shape(&root.post("/groups", json!({})).await, "error");
    same_shape(&root.get("/nowhere").await, "error");
    let path_taken = root
        .put(
            "/groups/acme",
            json!({"visibility": "private", "path": "dev-0001"}),
        )
        .await;
    same_shape(&path_taken, "error_of_path");
}

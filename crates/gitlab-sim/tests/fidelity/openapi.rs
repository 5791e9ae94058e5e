//! Every answer the tests receive is held against GitLab's own OpenAPI document, when the environment variable
//! `GITLAB_OPENAPI` names it: the route and its verb, the status, and the keys of the body with their types. The
//! document is generated from GitLab's source, incompletely; `openapi/exceptions.toml` lists where it is not right,
//! each with the reason.

mod document;
mod exceptions;
mod fit;

use std::io::Write;
use std::path::Path;
use std::sync::LazyLock;

use hyper::Method;
use serde_json::Value;

use crate::client::Answer;
use document::Document;
use exceptions::Exceptions;

/// Statuses that any endpoint may answer and the document seldom lists.
const ANYWHERE: [u16; 11] = [301, 304, 400, 401, 403, 404, 405, 413, 414, 415, 429];

/// GitLab's document and what is known to be wrong in it.
struct Referee {
    document: Document,
    exceptions: Exceptions,
}

/// None when the variable is not set.
static REFEREE: LazyLock<Option<Referee>> =
    LazyLock::new(|| std::env::var_os("GITLAB_OPENAPI").map(|file| Referee::read(Path::new(&file))));

/// Fails when the document does not know this answer.
pub(crate) fn check(method: &Method, path: &str, answer: &Answer) {
    let Some(referee) = &*REFEREE else { return };
    let complaints = referee.complaints(method, path, answer.status, &answer.body);
    assert!(
        complaints.is_empty(),
        "not as in GitLab's OpenAPI document: {method} {}\n  {}\n",
        path.split('?').next().unwrap_or_default(),
        complaints.join("\n  ")
    );
}

impl Referee {
    /// Fails when the file cannot be read: whoever names one wants it used.
    fn read(file: &Path) -> Self {
        let text = std::fs::read_to_string(file)
            .unwrap_or_else(|error| panic!("GITLAB_OPENAPI={}: {error}", file.display()));
        Self {
            document: Document::parse(&text),
            exceptions: Exceptions::read(),
        }
    }

    /// What is wrong with an answer, in words.
    fn complaints(&self, method: &Method, path: &str, status: u16, body: &Value) -> Vec<String> {
        // What is missing from the document altogether (users, labels, …) cannot be held against it.
        let path = path.split('?').next().unwrap_or_default();
        let Some((template, operations)) = self.document.find(path) else {
            return Vec::new();
        };
        if method == Method::HEAD || status >= 500 {
            return Vec::new();
        }
        let name = format!("{method} {template}");
        let operation = operations.get(method.as_str());
        let served = operation.is_some() || self.exceptions.has_verb(&name);
        if !served {
            return if status == 405 {
                Vec::new()
            } else {
                vec![format!("{name}: the document has no such verb")]
            };
        }
        let mut complaints = Vec::new();
        let documented = operation.is_some_and(|it| it.statuses().any(|known| known == status));
        let anywhere = ANYWHERE.contains(&status) || body["message"] == "409 Conflict: Resource lock";
        if !documented && !anywhere && !self.exceptions.has_status(&name, status) {
            complaints.push(format!("{name}: the document has no status {status}"));
        }
        if (200..300).contains(&status) && !body.is_null() {
            let documented = || Some(vec![operation?.body()?]);
            let schemas = self.exceptions.bodies(&name).or_else(documented);
            complaints.extend(fit::complaints(self, &schemas.unwrap_or_default(), body));
        }
        complaints
    }
}

#[test]
fn without_the_document_nothing_is_compared_and_that_is_said() {
    if REFEREE.is_none() {
        // Not by a macro: what those print is shown for tests that fail only.
        let notice = "GITLAB_OPENAPI is not set: no answer was compared with GitLab's OpenAPI document";
        writeln!(std::io::stderr(), "{notice}").unwrap();
    }
}

#[test]
#[should_panic(expected = "GITLAB_OPENAPI=/nowhere/at-all.yaml")]
fn a_document_that_cannot_be_read_fails() {
    let _ = Referee::read(Path::new("/nowhere/at-all.yaml"));
}

#[test]
fn every_exception_is_about_something_that_the_document_says() {
    if let Some(referee) = &*REFEREE {
        let stale = referee.exceptions.stale(&referee.document);
        assert!(stale.is_empty(), "\n{}\n", stale.join("\n"));
    }
}

/// A document of our own in which a group has an id, a name, a list and an owner.
fn referee() -> Referee {
    let document = r"
paths:
  /api/v4/groups/{id}:
    get:
      responses:
        '200': {schema: {$ref: '#/definitions/Group'}}
        '409': {description: never mind}
    delete:
      responses:
        '204': {description: gone}
  /api/v4/groups:
    get:
      responses:
        '200': {schema: {type: array, items: {$ref: '#/definitions/Group'}}}
definitions:
  Group:
    properties:
      id: {type: integer}
      name: {type: string, example: Acme}
      tags: {type: array, items: {type: string, example: a}}
      owner: {$ref: '#/definitions/User'}
      plan: {type: string, example: gold}
      size: {type: string}
  User:
    properties:
      id: {type: integer}
";
    let exceptions = "
        [status]
        \"DELETE /groups/{id} 202\" = \"queued\"
        [absent.Group]
        paid = [\"plan\"]
        [extra.User]
        new = [\"age\"]
        [undeclared]
        size = \"integer\"
    ";
    Referee {
        document: Document::parse(document),
        exceptions: Exceptions::parse(exceptions),
    }
}

#[test]
fn an_answer_as_documented_passes() {
    let group =
        serde_json::json!({"id": 1, "name": null, "tags": ["a"], "owner": {"id": 1, "age": 2}, "size": 3});
    let referee = referee();
    let nothing: [&str; 0] = [];
    let complaints = |method, path, status, body: &Value| referee.complaints(&method, path, status, body);
    assert_eq!(complaints(Method::GET, "/api/v4/groups/7", 200, &group), nothing);
    let list = serde_json::json!([group]);
    assert_eq!(
        complaints(Method::GET, "/api/v4/groups?page=2", 200, &list),
        nothing
    );
    assert_eq!(complaints(Method::GET, "/api/v4/groups/7", 404, &group), nothing);
    assert_eq!(
        complaints(Method::DELETE, "/api/v4/groups/7", 202, &Value::Null),
        nothing
    );
    assert_eq!(complaints(Method::GET, "/api/v4/elsewhere", 299, &group), nothing);
}

#[test]
fn a_wrong_type_a_missing_key_and_an_unknown_one_are_reported() {
    let group = serde_json::json!(
        {"id": "1", "tags": null, "owner": {"id": 1.5}, "colour": 1, "size": "3"}
    );
    assert_eq!(
        referee().complaints(&Method::GET, "/api/v4/groups/7", 200, &group),
        [
            "Group.id is a string, not an integer",
            "Group.name is missing",
            "User.id is a number, not an integer",
            "Group.size is a string, not an integer",
            "Group.tags is null, not an array",
            "Group.colour is unknown",
        ]
    );
}

#[test]
fn a_verb_and_a_status_that_are_not_documented_are_reported() {
    let complaints = |method, status| referee().complaints(&method, "/api/v4/groups/7", status, &Value::Null);
    assert_eq!(
        complaints(Method::PUT, 200),
        ["PUT /groups/{id}: the document has no such verb"]
    );
    assert_eq!(
        complaints(Method::GET, 422),
        ["GET /groups/{id}: the document has no status 422"]
    );
}

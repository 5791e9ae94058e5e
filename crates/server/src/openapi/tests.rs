use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::{document, page};

/// Every route of the contract, as its table has them.
const CONTRACT: &str = "
POST /api/auth/login
POST /api/auth/logout
GET /api/auth/session
GET /api/auth/status
GET /api/auth/oauth/start
GET /api/auth/oauth/callback
GET /api/auth/sessions
DELETE /api/auth/sessions
DELETE /api/auth/sessions/{id}
GET /api/users/{id}/sessions
DELETE /api/users/{id}/sessions
GET /api/keys
POST /api/keys
DELETE /api/keys/{id}
GET /api/gitlab/{path}
POST /api/gitlab/{path}
PUT /api/gitlab/{path}
PATCH /api/gitlab/{path}
DELETE /api/gitlab/{path}
POST /api/gitlab/graphql
GET /gitlab/api/v4/{path}
POST /gitlab/api/v4/{path}
PUT /gitlab/api/v4/{path}
PATCH /gitlab/api/v4/{path}
DELETE /gitlab/api/v4/{path}
POST /gitlab/api/graphql
POST /api/webhooks/gitlab
POST /api/gitlab/bulk/groups
POST /api/gitlab/bulk/projects
POST /api/gitlab/bulk/members
GET /api/operations
GET /api/operations/{type}
GET /api/operations/{type}/template
POST /api/jobs
POST /api/jobs/import
GET /api/jobs
GET /api/jobs/{id}
GET /api/jobs/{id}/items
GET /api/jobs/{id}/results
POST /api/jobs/{id}/start
POST /api/jobs/{id}/pause
POST /api/jobs/{id}/resume
POST /api/jobs/{id}/retry
POST /api/jobs/{id}/undo
POST /api/jobs/{id}/verify
POST /api/jobs/{id}/items/{index}/resolve
DELETE /api/jobs/{id}
GET /health
GET /health/live
GET /health/ready
GET /metrics
GET /api/audit
GET /api/estate/tree
GET /api/estate/search
GET /api/permissions/overview
GET /api/stats/overview
GET /api/stats/groups/hierarchy
GET /api/health/connection
GET /api/health/user
GET /api/health/stats
GET /api/health/rate-limit
GET /api/health/session
GET /api/health/quick
GET /api/openapi.json
GET /api/reference
";

fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap();
            methods
                .iter()
                .map(move |(method, operation)| (format!("{} {path}", method.to_uppercase()), operation))
        })
        .collect()
}

#[test]
fn every_route_of_the_contract_is_told_of() {
    let document = document();
    let told: BTreeSet<String> = operations(&document).into_iter().map(|(name, _)| name).collect();
    let missing: Vec<&str> = CONTRACT
        .lines()
        .filter(|line| !line.is_empty() && !told.contains(*line))
        .collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn every_operation_says_what_it_is_and_what_it_answers() {
    let document = document();
    let tags: Vec<&Value> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| &tag["name"])
        .collect();
    let mut ids = BTreeSet::new();
    for (name, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id), "{name}: {id} is the id of two");
        assert!(
            operation["summary"].as_str().is_some_and(|text| text.len() > 5),
            "{name}"
        );
        let tag = &operation["tags"][0];
        assert!(tags.contains(&tag), "{name}: {tag} is not described");
        let answers = operation["responses"].as_object().unwrap();
        assert!(
            answers
                .keys()
                .any(|status| status.starts_with(['2', '3']) || status == "default"),
            "{name}"
        );
        for (status, answer) in answers {
            let described = answer.get("$ref").is_some() || answer["description"].is_string();
            assert!(described, "{name} {status}");
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{name}: {parameter}");
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(value: &Value, document: &Value, lost: &mut BTreeSet<String>) {
        match value {
            Value::Object(object) => {
                if let Some(to) = object.get("$ref").and_then(Value::as_str) {
                    let found = to.strip_prefix('#').and_then(|to| document.pointer(to));
                    if found.is_none() {
                        lost.insert(to.to_owned());
                    }
                }
                object.values().for_each(|value| walk(value, document, lost));
            }
            Value::Array(list) => list.iter().for_each(|value| walk(value, document, lost)),
            _ => {}
        }
    }
    let document = document();
    let mut lost = BTreeSet::new();
    walk(&document, &document, &mut lost);
    assert!(lost.is_empty(), "{lost:?}");
}

#[test]
fn the_page_tells_of_every_operation_and_asks_for_nothing_from_elsewhere() {
    let document = document();
    let page = page::render(&document);
    for (name, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap();
        assert!(page.contains(&format!("<article id=\"{id}\">")), "{name}");
    }
    for outside in ["<script", "src=", "style=", "@import", "url(", "href=\"http"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(!super::STYLE.contains("url(") && !super::STYLE.contains("@import"));
}

#[test]
fn the_file_in_docs_is_the_document() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let text = serde_json::to_string_pretty(&document()).unwrap() + "\n";
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::write(&file, text).unwrap();
    } else {
        assert!(
            std::fs::read_to_string(&file).unwrap_or_default() == text,
            "docs/openapi.json is not up to date; run `UPDATE_GENERATED=1 cargo test -p server --lib openapi`"
        );
    }
}

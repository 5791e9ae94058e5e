//! The OpenAPI document says what the server does.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;

use crate::world::World;

/// Each documented address with its operations by method.
fn addresses(document: &Value) -> impl Iterator<Item = (&String, &serde_json::Map<String, Value>)> {
    let paths = document["paths"].as_object().unwrap();
    paths.iter().map(|(path, item)| (path, item.as_object().unwrap()))
}

/// An address with something in the place of its parameters.
fn filled(path: &str) -> String {
    path.replace("{type}", "create_group")
        .replace("{index}", "0")
        .replace("{id}", "0198c0de-0000-7000-8000-000000000000")
        .replace("{path}", "version")
}

/// Without a token, there are no metrics; without a secret, no hooks.
async fn with_everything() -> World {
    World::with(|settings| {
        settings.metrics_token = Some("metrics".to_owned().into());
        settings.logins.requests = 1_000;
        settings.webhooks.secrets = vec!["a secret that nobody knows".into()];
    })
    .await
}

fn takes_everything(path: &str) -> bool {
    path.starts_with("/api/gitlab/") && !path.starts_with("/api/gitlab/bulk/") || path.starts_with("/gitlab/")
}

#[tokio::test]
async fn the_document_and_its_page_are_there_for_everybody() {
    let world = World::new().await;
    let document = world.stranger().get("/api/openapi.json").await;
    assert_eq!(
        (document.status.as_u16(), document.header("content-type")),
        (200, "application/json")
    );
    assert_eq!(document.json(), server::openapi());
    assert!(document.json()["openapi"].as_str().unwrap().starts_with("3.1."));
    let page = world.stranger().get("/api/reference").await;
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.text.contains("href=\"/api/reference/style.css\""));
    let style = world.stranger().get("/api/reference/style.css").await;
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
}

#[tokio::test]
async fn every_documented_method_is_there_and_every_other_is_405_with_those_that_are() {
    let world = with_everything().await;
    let root = world.root().await;
    let document = server::openapi();
    for (path, item) in addresses(&document) {
        // Whoever logs out is somebody else afterwards.
        if takes_everything(path) || ["/api/auth/logout", "/api/auth/sessions"].contains(&path.as_str()) {
            continue;
        }
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let answer = root
                .send(method.parse::<Method>().unwrap(), &filled(path), &[], "")
                .await;
            let nothing = answer.text.contains("there is nothing at this address");
            assert!(!nothing, "{method} {path} is not registered");
            if item.contains_key(&method.to_lowercase()) {
                assert_ne!(answer.status, 405, "{method} {path}");
                continue;
            }
            assert_eq!(answer.status, 405, "{method} {path} is not documented");
            let allowed: BTreeSet<String> = answer
                .header("allow")
                .split(',')
                .filter(|method| *method != "HEAD")
                .map(str::to_lowercase)
                .collect();
            assert_eq!(allowed, item.keys().cloned().collect(), "{path}");
        }
    }
}

#[tokio::test]
async fn a_route_that_is_not_open_answers_401_to_strangers_and_says_so() {
    let world = with_everything().await;
    let stranger = world.stranger();
    let document = server::openapi();
    for (path, item) in addresses(&document) {
        for (method, operation) in item {
            let method = method.to_uppercase().parse::<Method>().unwrap();
            let is_open = operation["security"][0]
                .as_object()
                .is_some_and(serde_json::Map::is_empty);
            let answer = stranger.send(method.clone(), &filled(path), &[], "").await;
            if is_open {
                assert!(answer.status != 401, "{method} {path}: {}", answer.text);
            } else {
                assert_eq!(answer.status, 401, "{method} {path}: {}", answer.text);
                assert!(!operation["responses"]["401"].is_null(), "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn what_a_route_reads_of_a_query_is_what_is_documented() {
    let world = World::new().await;
    let root = world.root().await;
    let job = root.create_groups(&["acme"]).await;
    let document = server::openapi();
    let mut looked_at = 0;
    for (path, item) in addresses(&document) {
        // What GitLab sends along when it sends a browser back, is GitLab's to say.
        let is_gitlabs = takes_everything(path) || path == "/api/auth/oauth/callback";
        let Some(operation) = item.get("get").filter(|_| !is_gitlabs) else {
            continue;
        };
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let documented: BTreeSet<&str> = parameters
            .filter(|parameter| parameter["in"] == "query")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        if documented.is_empty() {
            continue;
        }
        let address = path.replace("{id}", &job).replace("{type}", "create_group");
        let answer = root.get(&format!("{address}?nobody=knows")).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.text);
        let problem = &answer.json()["error"]["details"][0];
        assert_eq!(problem["field"], "nobody");
        let read: BTreeSet<&str> = problem["allowed"].as_str().unwrap().split(", ").collect();
        assert_eq!(read, documented, "{path}");
        looked_at += 1;
    }
    assert!(looked_at >= 4, "only {looked_at} addresses with a query");
}

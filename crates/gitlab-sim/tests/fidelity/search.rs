//! The search for names.

use serde_json::json;

use crate::client::Lab;

#[tokio::test]
async fn people_and_projects_are_found_by_names_newest_first() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.project(acme, "till-old", "private").await;
    lab.project(acme, "till-new", "private").await;
    let root = lab.root();
    let projects = root.get("/search?scope=projects&search=till").await;
    assert_eq!(
        projects.column("path_with_namespace"),
        ["acme/till-new", "acme/till-old"]
    );
    assert_eq!(projects.header("x-total"), Some("2"));
    let people = root.get("/search?scope=users&search=Administrator").await;
    assert_eq!(people.column("username"), ["root"]);
    let people = root.get("/search?scope=users&search=dev-000&per_page=2").await;
    assert_eq!(people.column("username"), ["dev-0009", "dev-0008"]);
}

#[tokio::test]
async fn projects_that_one_may_not_see_or_that_are_archived_are_not_found() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    lab.project(acme, "till-open", "public").await;
    lab.project(acme, "till-closed", "private").await;
    let old = lab.project(acme, "till-archived", "public").await;
    lab.root()
        .post(&format!("/projects/{old}/archive"), json!({}))
        .await;
    let found = lab.dev(1).get("/search?scope=projects&search=till").await;
    assert_eq!(found.column("path"), ["till-open"]);
    assert_eq!(
        lab.anonymous().get("/search?scope=users&search=x").await.status,
        401
    );
}

#[tokio::test]
async fn a_search_without_text_or_for_something_unknown_is_refused() {
    let lab = Lab::start().await;
    for (query, error) in [
        ("scope=users", "search is missing"),
        ("search=acme", "scope is missing"),
        ("search=acme&scope=coins", "scope does not have a valid value"),
    ] {
        lab.root()
            .get(&format!("/search?{query}"))
            .await
            .is(400, json!({"error": error}));
    }
}

#[tokio::test]
async fn what_needs_the_advanced_search_is_refused() {
    let lab = Lab::start().await;
    lab.root().get("/search?scope=blobs&search=main").await.is(
        400,
        json!({"message": {"error": "Scope supported only with advanced search"}}),
    );
}

#[tokio::test]
async fn nothing_else_is_found() {
    let lab = Lab::start().await;
    for scope in ["issues", "merge_requests", "milestones", "snippet_titles"] {
        let found = lab
            .root()
            .get(&format!("/search?scope={scope}&search=acme"))
            .await;
        assert_eq!(
            (found.status, found.header("x-total")),
            (200, Some("0")),
            "{scope}"
        );
    }
}

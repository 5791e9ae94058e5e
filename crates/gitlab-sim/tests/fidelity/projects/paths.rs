//! Old and odd paths of projects (§0.4).

use serde_json::json;

use crate::client::Lab;

#[tokio::test]
async fn an_old_path_redirects_a_get_and_refuses_a_write() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    lab.root()
        .put(&format!("/projects/{id}"), json!({"path": "portal"}))
        .await;
    let moved = lab.root().get("/projects/acme%2Fsite").await;
    let target = format!("{}/api/v4/projects/{id}", lab.gitlab.url());
    assert_eq!(
        (moved.status, moved.header("location")),
        (301, Some(target.as_str()))
    );
    assert_eq!(moved.header("content-type"), Some("text/plain"));
    assert_eq!(
        moved.text,
        format!("This resource has been moved permanently to {target}")
    );
    lab.root()
        .put("/projects/acme%2Fsite", json!({"description": "x"}))
        .await
        .is(
            405,
            json!({"message": "Non GET methods are not allowed for moved projects"}),
        );
    // Someone new at the old path ends the redirect.
    let body = json!({"name": "New site", "path": "site", "namespace_id": acme});
    assert_eq!(lab.root().post("/projects", body).await.status, 201);
    assert_eq!(
        lab.root().get("/projects/acme%2Fsite").await.body["name"],
        "New site"
    );
}

#[tokio::test]
async fn a_project_path_without_a_slash_is_never_found() {
    let lab = Lab::start().await;
    lab.root()
        .get("/projects/site")
        .await
        .is(404, json!({"message": "404 Project Not Found"}));
}

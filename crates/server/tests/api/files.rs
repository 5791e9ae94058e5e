//! What is given out as a file, and what a text says.

use reqwest::Method;
use serde_json::json;

use crate::world::{Person, World};

async fn import(person: &Person, name: &str, content: &str) -> String {
    let form = format!(
        "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{content}\r\n--b--\r\n"
    );
    let headers = [("content-type", "multipart/form-data; boundary=b")];
    let made = person
        .send(Method::POST, "/api/jobs/import", &headers, &form)
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn failed_rows_are_given_back_under_the_columns_of_their_file() {
    let world = World::new().await;
    let root = world.root().await;
    let lost = "Name;Path;Parent;Remark\nLost;lost;nowhere;=1+1\nFound;found;;\n";
    let job = import(&root, "lost.csv", lost).await;
    world.job_when(&root, &job, "completed").await;

    let rows = root
        .get(&format!("/api/jobs/{job}/results?format=csv&status=failed"))
        .await;
    assert!(
        rows.text
            .starts_with("Name,Path,Parent,Remark,error\nLost,lost,nowhere,'=1+1,"),
        "{}",
        rows.text
    );
    assert_eq!(rows.text.lines().count(), 2);
    assert_eq!(rows.header("content-type"), "text/csv; charset=utf-8");
    let other = root.get(&format!("/api/jobs/{job}/results?file=other.csv")).await;
    assert_eq!(
        other.error(),
        "400 VALIDATION_ERROR the job has no input of this name"
    );
    assert_eq!(other.json()["error"]["details"][0]["allowed"], "lost.csv");

    let counts = root.get(&format!("/api/jobs/{job}/counts")).await.json();
    assert_eq!(
        counts["counts"],
        json!([
            { "action": "conflict", "status": "failed", "count": 1 },
            { "action": "create", "status": "succeeded", "count": 1 },
        ])
    );
    let nobody = world.signed_in("dev-0001").await;
    assert_eq!(nobody.get(&format!("/api/jobs/{job}/counts")).await.status, 404);
}

#[tokio::test]
async fn the_estate_is_given_out_as_a_manifest_that_changes_nothing() {
    let world = World::new().await;
    let root = world.root().await;
    let manifest = "apiVersion: gitlab-bulk/v1\ngroups:\n  - path: acme\n    name: Acme\n    members: [{ username: dev-0001, access_level: developer }]\n    projects: [{ path: site, description: Anvils }]\n";
    let job = import(&root, "estate.yaml", manifest).await;
    world.job_when(&root, &job, "completed").await;

    let export = root.get("/api/export?group=acme&include=all").await;
    assert_eq!(
        (export.status.as_u16(), export.header("content-disposition")),
        (200, "attachment; filename=\"estate.yaml\"")
    );
    assert!(
        export.text.contains("Anvils") && export.text.contains("dev-0001"),
        "{}",
        export.text
    );
    let again = import(&root, "again.yaml", &export.text).await;
    let again = world.job_when(&root, &again, "completed").await;
    assert_eq!(
        (&again["skippedCount"], &again["total"]),
        (&again["total"], &json!(4)),
        "{again}"
    );

    // The client unpacks gzip and br by itself, and would notice a stream that is cut.
    for (coding, shown) in [("gzip", ""), ("br", ""), ("zstd", "zstd")] {
        let packed = root
            .send(
                Method::GET,
                "/api/export?group=acme&include=all",
                &[("accept-encoding", coding)],
                "",
            )
            .await;
        assert_eq!(
            (packed.status.as_u16(), packed.header("content-encoding")),
            (200, shown)
        );
        if shown.is_empty() {
            assert_eq!(packed.text, export.text, "{coding}");
        }
    }

    let projects = root.get("/api/export?format=csv&only=projects").await;
    assert_eq!(projects.text.lines().count(), 2, "{}", projects.text);
    assert_eq!(root.get("/api/export?format=csv").await.text, projects.text);
    for (query, said) in [
        (
            "group=nowhere",
            "404 NOT_FOUND group `nowhere` does not exist or you may not see it",
        ),
        (
            "format=csv&only=colours",
            "400 VALIDATION_ERROR only cannot be this",
        ),
        ("only=groups", "400 VALIDATION_ERROR only is for format=csv"),
    ] {
        assert_eq!(root.get(&format!("/api/export?{query}")).await.error(), said);
    }
    assert_eq!(
        root.get("/api/export?include=colours&format=xml").await.status,
        400
    );
    assert_eq!(world.server.stranger().get("/api/export").await.status, 401);
}

#[tokio::test]
async fn a_text_of_yaml_is_shown_and_a_bomb_is_refused() {
    let world = World::new().await;
    let root = world.root().await;
    let text = json!({ "content": "groups:\n  - name: Acme\n    size: 3\n    on: [yes, true]\n" });
    let parsed = root.post("/api/gitlab/bulk/parse-yaml", text).await;
    assert_eq!(
        parsed.json(),
        json!({ "success": true, "data": { "groups": [{ "name": "Acme", "size": 3, "on": ["yes", true] }] } })
    );
    let wrong = root
        .post("/api/gitlab/bulk/parse-yaml", json!({ "content": "a: [1\nb: 2" }))
        .await;
    assert_eq!(wrong.status, 400);
    assert_eq!(wrong.json()["error"]["details"][0]["field"], "content");
    assert_eq!(
        root.post("/api/gitlab/bulk/parse-yaml", json!({})).await.status,
        400
    );
    let bomb: Vec<String> = (1..30)
        .map(|level| format!("a{level}: &a{level} [*a{0}, *a{0}, *a{0}, *a{0}]\n", level - 1))
        .collect();
    let bomb = json!({ "content": format!("a0: &a0 [x, x]\n{}", bomb.concat()) });
    assert_eq!(root.post("/api/gitlab/bulk/parse-yaml", bomb).await.status, 400);
    let stranger = world.server.stranger();
    assert_eq!(
        stranger
            .post("/api/gitlab/bulk/parse-yaml", json!({}))
            .await
            .status,
        401
    );
}

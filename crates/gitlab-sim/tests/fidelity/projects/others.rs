//! What else can be asked of a project (§7.2.8).

use serde_json::json;

use crate::client::{Lab, id_of};
use crate::examples::same_shape;

#[tokio::test]
async fn languages_are_shares_in_percent_and_nothing_before_a_push() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let languages = format!("/projects/{id}/languages");
    lab.root().get(&languages).await.is(200, json!({}));
    for (file, content) in [
        ("src%2Fmain.rs", "xxxx"),
        ("tool.py", "x"),
        ("README.md", "many words"),
    ] {
        let path = format!("/projects/{id}/repository/files/{file}");
        let body = json!({"branch": "main", "commit_message": "Add", "content": content});
        assert_eq!(lab.root().post(&path, body).await.status, 201);
    }
    lab.root()
        .get(&languages)
        .await
        .is(200, json!({"Rust": 80.0, "Python": 20.0}));
}

#[tokio::test]
async fn everyone_with_a_level_is_a_user_of_the_project() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let ops = lab.group(None, "ops", "private").await;
    let id = lab.project(acme, "site", "private").await;
    lab.member(&format!("groups/{acme}"), 1, 30).await;
    lab.member(&format!("projects/{id}"), 2, 30).await;
    lab.member(&format!("groups/{ops}"), 3, 30).await;
    let share = json!({"group_id": ops, "group_access": 20});
    lab.root().post(&format!("/projects/{id}/share"), share).await;
    let users = async |query: &str| {
        let answer = lab.root().get(&format!("/projects/{id}/users{query}")).await;
        same_shape(&answer, "user_basic");
        answer.column("username")
    };
    assert_eq!(users("").await, ["root", "dev-0001", "dev-0002", "dev-0003"]);
    assert_eq!(users("?search=dev-0002").await, ["dev-0002"]);
    let skipped = format!("?skip_users[]=1&skip_users[]={}", id_of(2));
    assert_eq!(users(&skipped).await, ["dev-0001", "dev-0003"]);
}

#[tokio::test]
async fn members_are_imported_from_another_project() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let from = lab.project(acme, "from", "private").await;
    let to = lab.project(acme, "to", "private").await;
    lab.member(&format!("projects/{from}"), 1, 30).await;
    lab.member(&format!("projects/{from}"), 2, 50).await;
    let path = format!("/projects/{to}/import_project_members/{from}");
    lab.root()
        .post(&path, json!(null))
        .await
        .is(201, json!({"status": "success"}));
    let members = lab.gitlab.members("acme/to");
    let levels: Vec<u8> = members
        .iter()
        .map(|member| member.access_level.number())
        .collect();
    assert_eq!(levels, [30, 50]);
}

#[tokio::test]
async fn members_imported_by_a_maintainer_become_maintainers_at_most() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let from = lab.project(acme, "from", "private").await;
    let to = lab.project(acme, "to", "private").await;
    lab.member(&format!("projects/{from}"), 1, 40).await;
    lab.member(&format!("projects/{from}"), 2, 50).await;
    lab.member(&format!("projects/{to}"), 1, 40).await;
    let path = format!("/projects/{to}/import_project_members/{from}");
    assert_eq!(lab.dev(1).post(&path, json!(null)).await.status, 201);
    assert_eq!(lab.gitlab.members("acme/to")[1].access_level.number(), 40);
}

#[tokio::test]
async fn an_import_of_members_that_fails_in_part_is_201_and_as_a_whole_422() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let net = lab.group(None, "net", "private").await;
    let from = lab.project(net, "from", "private").await;
    let to = lab.project(acme, "to", "private").await;
    lab.member(&format!("groups/{acme}"), 1, 40).await;
    lab.member(&format!("projects/{from}"), 1, 20).await;
    let path = format!("/projects/{to}/import_project_members/{from}");
    let whole = lab.root().post(&path, json!(null)).await;
    assert_eq!(whole.status, 422);
    assert!(whole.body["message"].is_string() && whole.body["reason"].is_string());
    lab.member(&format!("projects/{from}"), 2, 20).await;
    let text =
        "Access level should be greater than or equal to Maintainer inherited membership from group acme";
    lab.root().post(&path, json!(null)).await.is(
        201,
        json!({"status": "error", "message": {"dev-0001": text}, "total_members_count": 2}),
    );
}

#[tokio::test]
async fn members_are_imported_from_a_project_one_may_administer() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let from = lab.project(acme, "from", "public").await;
    let to = lab.project(acme, "to", "public").await;
    lab.member(&format!("projects/{to}"), 1, 40).await;
    lab.dev(1)
        .post(
            &format!("/projects/{to}/import_project_members/{from}"),
            json!(null),
        )
        .await
        .is(403, json!({"message": "403 Forbidden - Project"}));
    lab.dev(1)
        .post(&format!("/projects/{to}/import_project_members/999"), json!(null))
        .await
        .is(404, json!({"message": "404 Project Not Found"}));
}

#[tokio::test]
async fn where_a_repository_is_stored_is_for_administrators() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let id = lab.project(acme, "site", "public").await;
    let path = format!("/projects/{id}/storage");
    let storage = lab.root().get(&path).await;
    same_shape(&storage, "project_storage");
    assert_eq!(storage.body["repository_storage"], "default");
    lab.dev(1)
        .get(&path)
        .await
        .is(403, json!({"message": "403 Forbidden"}));
}

#[tokio::test]
async fn housekeeping_is_for_maintainers() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let id = lab.project(acme, "site", "public").await;
    let path = format!("/projects/{id}/housekeeping");
    assert_eq!(lab.root().post(&path, json!({"task": "prune"})).await.status, 201);
    assert_eq!(lab.dev(1).post(&path, json!(null)).await.status, 403);
    lab.root()
        .post(&path, json!({"task": "sweep"}))
        .await
        .is(400, json!({"error": "task does not have a valid value"}));
}

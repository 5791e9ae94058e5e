//! What a project shows, and to whom (§7.2.1).

use serde_json::json;

use crate::client::Lab;
use crate::examples::same_shape;

#[tokio::test]
async fn a_creation_shows_no_permissions_and_a_get_does() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.member(&format!("groups/{acme}"), 1, 30).await;
    let created = lab
        .root()
        .post("/projects", json!({"path": "site", "namespace_id": acme}))
        .await;
    assert_eq!(created.body.get("permissions"), None);
    let seen = lab.dev(1).get("/projects/acme%2Fsite").await.body;
    assert_eq!(
        seen["permissions"],
        json!({"project_access": null, "group_access": {"access_level": 30, "notification_level": 3}})
    );
}

#[tokio::test]
async fn keys_of_the_pipelines_are_for_maintainers() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.project(acme, "site", "private").await;
    lab.member(&format!("groups/{acme}"), 1, 30).await;
    lab.member(&format!("groups/{acme}"), 2, 40).await;
    let seen = async |number| lab.dev(number).get("/projects/acme%2Fsite").await.body;
    assert_eq!(seen(1).await.get("ci_default_git_depth"), None);
    assert_eq!(seen(2).await["ci_default_git_depth"], 20);
    assert_eq!(seen(1).await["issues_access_level"], "enabled");
}

#[tokio::test]
async fn a_project_shows_all_documented_keys() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let project = lab.root().get(&format!("/projects/{id}")).await.body;
    let keys = include_str!("../project_keys.txt");
    for key in keys.split_whitespace() {
        assert!(project.get(key).is_some(), "{key} is missing");
    }
    assert_eq!(project["namespace"]["full_path"], "acme");
    assert_eq!(
        project["_links"]["self"],
        format!("{}/api/v4/projects/{id}", lab.gitlab.url())
    );
    assert_eq!(project["import_status"], "none");
}

#[tokio::test]
async fn a_simple_body_is_short() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.project(acme, "site", "private").await;
    let row = lab.root().get("/projects?simple=true").await.body[0].clone();
    assert_eq!(row.get("creator_id"), None);
    assert_eq!(row["path_with_namespace"], "acme/site");
}

#[tokio::test]
async fn bodies_are_as_in_the_examples() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let body = json!({"path": "site", "namespace_id": acme, "description": "Tide\ntables"});
    same_shape(&lab.root().post("/projects", body).await, "project");
    same_shape(
        &lab.root().get("/projects/acme%2Fsite").await,
        "project_with_access",
    );
    same_shape(&lab.root().get("/projects?simple=true").await, "project_simple");
}

#[tokio::test]
async fn with_a_licence_a_body_has_more_keys() {
    let lab = super::premium_lab().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.project(acme, "site", "private").await;
    same_shape(&lab.root().get("/projects/acme%2Fsite").await, "project_premium");
}

#[tokio::test]
async fn a_push_is_activity_and_fills_the_repository() {
    let (lab, clock) = super::slow_lab().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    clock.advance(std::time::Duration::from_mins(1));
    let body = json!({"branch": "main", "commit_message": "Add", "content": "x"});
    lab.root()
        .post(&format!("/projects/{id}/repository/files/README.md"), body)
        .await;
    let seen = lab.root().get(&format!("/projects/{id}")).await.body;
    assert_eq!(seen["empty_repo"], false);
    assert!(seen["readme_url"].is_string());
    assert_ne!(seen["last_activity_at"], seen["created_at"]);
}

#[tokio::test]
async fn a_guest_of_a_private_project_sees_nothing_of_its_code() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.project(acme, "site", "private").await;
    lab.member(&format!("groups/{acme}"), 1, 10).await;
    lab.member(&format!("groups/{acme}"), 2, 20).await;
    let seen = async |number| lab.dev(number).get("/projects/acme%2Fsite").await.body;
    for key in ["default_branch", "readme_url", "ci_config_path"] {
        assert_eq!(seen(1).await.get(key), None, "{key}");
        assert!(seen(2).await.get(key).is_some(), "{key}");
    }
}

#[tokio::test]
async fn the_owner_is_shown_in_own_namespaces_only() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let own = lab.root().post("/projects", json!({"path": "own"})).await.body;
    assert_eq!(own["owner"]["username"], "root");
    assert_eq!(own["namespace"]["kind"], "user");
    let below = lab.root().get(&format!("/projects/{id}")).await.body;
    assert_eq!(below.get("owner"), None);
}

#[tokio::test]
async fn what_is_off_has_no_link_no_count_and_no_prefix() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let path = format!("/projects/{id}");
    let before = lab.root().get(&path).await.body;
    assert!(before["_links"]["issues"].is_string() && before["_links"]["merge_requests"].is_string());
    assert!(before["open_issues_count"].is_u64() && before["container_registry_image_prefix"].is_string());
    let off = json!({"issues_access_level": "disabled", "merge_requests_access_level": "disabled",
        "container_registry_access_level": "disabled"});
    let after = lab.root().put(&path, off).await.body;
    assert_eq!(after["_links"].get("issues"), None);
    assert_eq!(after["_links"].get("merge_requests"), None);
    assert_eq!(after.get("open_issues_count"), None);
    assert_eq!(after.get("container_registry_image_prefix"), None);
}

#[tokio::test]
async fn statistics_are_for_those_who_ask_and_may() {
    let lab = Lab::start().await;
    let body = json!({"name": "Site", "initialize_with_readme": true, "visibility": "public"});
    let id = lab.root().post("/projects", body).await.body["id"].clone();
    let path = format!("/projects/{id}");
    assert_eq!(lab.root().get(&path).await.body.get("statistics"), None);
    let asked = format!("{path}?statistics=true");
    let seen = lab.root().get(&asked).await.body["statistics"].clone();
    assert_eq!(seen["commit_count"], 1);
    assert!(seen["repository_size"].as_u64().unwrap() > 0);
    assert_eq!(seen["storage_size"], seen["repository_size"]);
    assert_eq!(lab.dev(1).get(&asked).await.body.get("statistics"), None);
    let row = lab.root().get("/projects?statistics=true").await.body[0].clone();
    assert_eq!(row["statistics"], seen);
}

#[tokio::test]
async fn a_description_is_also_there_as_html() {
    let lab = Lab::start().await;
    let body = json!({"name": "Site", "description": "Tides & <b>"});
    let project = lab.root().post("/projects", body).await.body;
    assert_eq!(
        project["description_html"],
        "<p data-sourcepos=\"1:1-1:11\" dir=\"auto\">Tides &amp; &lt;b&gt;</p>"
    );
}

#[tokio::test]
async fn an_administrator_without_a_level_has_two_nulls_as_permissions() {
    let lab = Lab::start().await;
    let own = lab.dev(1).post("/projects", json!({"path": "own"})).await.body["id"].clone();
    let seen = lab.root().get(&format!("/projects/{own}")).await.body;
    assert_eq!(
        seen["permissions"],
        json!({"project_access": null, "group_access": null})
    );
}

#[tokio::test]
async fn strangers_see_the_short_body() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let id = lab.project(acme, "site", "public").await;
    same_shape(&lab.anonymous().get("/projects").await, "project_simple");
    same_shape(
        &lab.anonymous().get(&format!("/projects/{id}")).await,
        "project_simple",
    );
}

#[tokio::test]
async fn a_licence_is_shown_to_those_who_ask() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let id = lab.project(acme, "site", "public").await;
    let path = format!("/projects/{id}");
    assert_eq!(lab.root().get(&path).await.body.get("license"), None);
    let seen = lab.root().get(&format!("{path}?license=true")).await.body;
    assert_eq!(
        (&seen["license"], &seen["license_url"]),
        (&json!(null), &json!(null))
    );
    assert!(seen.get("license").is_some());
}

#[tokio::test]
async fn the_last_activity_is_not_the_last_change_of_settings() {
    let (lab, clock) = super::slow_lab().await;
    let acme = lab.group(None, "acme", "public").await;
    let id = lab.project(acme, "site", "public").await;
    clock.advance(std::time::Duration::from_mins(1));
    let seen = lab
        .root()
        .put(&format!("/projects/{id}"), json!({"description": "x"}))
        .await
        .body;
    assert_eq!(seen["last_activity_at"], seen["created_at"]);
    assert_ne!(seen["updated_at"], seen["created_at"]);
}

//! Contents that come from elsewhere, in their own time (§7.2.5, §11.3).

use std::time::Duration;

use serde_json::json;

use super::{premium_lab, slow_lab};
use crate::client::Lab;
use crate::examples::same_shape;

const ADDRESS: &str = "https://git.example.org/team/site.git";

#[tokio::test]
async fn an_import_is_scheduled_then_started_then_finished() {
    let (lab, clock) = slow_lab().await;
    let created = lab
        .root()
        .post("/projects", json!({"name": "Site", "import_url": ADDRESS}))
        .await;
    assert_eq!(created.status, 201);
    assert_eq!(
        (&created.body["import_status"], &created.body["import_type"]),
        (&json!("scheduled"), &json!("git"))
    );
    let path = format!("/projects/{}/import", created.body["id"]);
    let status = async || lab.root().get(&path).await.body["import_status"].clone();
    assert_eq!(status().await, "scheduled");
    clock.advance(Duration::from_secs(5));
    assert_eq!(status().await, "started");
    clock.advance(Duration::from_secs(5));
    assert_eq!(status().await, "finished");
    let project = lab.root().get("/projects/root%2FSite").await.body;
    assert_eq!(
        (&project["import_status"], &project["empty_repo"]),
        (&json!("finished"), &json!(false))
    );
}

#[tokio::test]
async fn an_import_that_breaks_off_has_failed_and_says_why() {
    let lab = Lab::start().await;
    let body = json!({"name": "Site", "import_url": "https://git.example.org/team/broken.git"});
    let created = lab.root().post("/projects", body).await;
    assert_eq!(created.status, 201);
    let import = lab
        .root()
        .get(&format!("/projects/{}/import", created.body["id"]))
        .await
        .body;
    assert_eq!(import["import_status"], "failed");
    assert!(import["import_error"].is_string(), "{import}");
}

#[tokio::test]
async fn an_address_where_nobody_answers_is_422() {
    let lab = Lab::start().await;
    let url = "https://git.invalid/team/site.git";
    let text = format!("{url} is not a valid HTTP Git repository");
    lab.root()
        .post("/projects", json!({"name": "Site", "import_url": url}))
        .await
        .is(422, json!({"message": text}));
    assert!(lab.gitlab.project("root/Site").is_none());
}

#[tokio::test]
async fn a_source_that_is_disabled_is_403() {
    let lab = Lab::start().await;
    let settings = json!({"import_sources": ["github"]});
    assert_eq!(
        lab.root().put("/application/settings", settings).await.status,
        200
    );
    lab.root()
        .post("/projects", json!({"name": "Site", "import_url": ADDRESS}))
        .await
        .is(403, json!({"message": "403 Forbidden"}));
}

#[tokio::test]
async fn a_project_of_this_instance_can_be_imported_by_its_address() {
    let lab = Lab::start().await;
    let body = json!({"name": "Origin", "initialize_with_readme": true, "default_branch": "trunk"});
    let origin = lab.root().post("/projects", body).await.body;
    let body = json!({"name": "Copy", "import_url": origin["http_url_to_repo"]});
    let copy = lab.root().post("/projects", body).await.body;
    let copy = lab.root().get(&format!("/projects/{}", copy["id"])).await.body;
    assert_eq!(
        (&copy["import_status"], &copy["default_branch"]),
        (&json!("finished"), &json!("trunk"))
    );
    let body = json!({"name": "Other", "import_url": format!("{}/no/such.git", lab.gitlab.url())});
    assert_eq!(lab.root().post("/projects", body).await.status, 422);
}

#[tokio::test]
async fn nothing_imported_is_the_status_none() {
    let lab = Lab::start().await;
    let project = lab.root().post("/projects", json!({"path": "site"})).await.body;
    let import = lab
        .root()
        .get(&format!("/projects/{}/import", project["id"]))
        .await;
    assert_eq!(
        (&import.body["import_status"], &import.body["import_type"]),
        (&json!("none"), &json!(null))
    );
}

#[tokio::test]
async fn a_template_is_imported_as_a_gitlab_project() {
    let (lab, _) = slow_lab().await;
    let body = json!({"name": "Site", "template_name": "rails"});
    let created = lab.root().post("/projects", body).await;
    assert_eq!(
        (&created.body["import_status"], &created.body["import_type"]),
        (&json!("scheduled"), &json!("gitlab_project"))
    );
    let import = format!("/projects/{}/import", created.body["id"]);
    same_shape(&lab.root().get(&import).await, "project_import");
}

#[tokio::test]
async fn an_unknown_template_is_refused() {
    let lab = Lab::start().await;
    lab.root()
        .post("/projects", json!({"name": "Site", "template_name": "cobol"}))
        .await
        .is(
            400,
            json!({"message": {"template_name": ["'cobol' is unknown or invalid"]}}),
        );
}

#[tokio::test]
async fn a_project_is_a_template_with_a_licence_and_the_wish() {
    let lab = premium_lab().await;
    let body = json!({"name": "Origin", "initialize_with_readme": true});
    let origin = lab.root().post("/projects", body).await.body["id"].clone();
    let body = json!({"name": "Copy", "template_project_id": origin, "use_custom_template": true});
    let copy = lab.root().post("/projects", body).await;
    assert_eq!(copy.status, 201);
    let copy = lab
        .root()
        .get(&format!("/projects/{}", copy.body["id"]))
        .await
        .body;
    assert_eq!(
        (&copy["import_type"], &copy["empty_repo"]),
        (&json!("gitlab_custom_project_template"), &json!(false))
    );
    let free = Lab::start().await;
    let acme = free.group(None, "acme", "private").await;
    free.project(acme, "origin", "private").await;
    let body = json!({"name": "Copy", "template_project_id": 1, "use_custom_template": true});
    assert_eq!(free.root().post("/projects", body).await.status, 400);
}

#[tokio::test]
async fn the_address_of_an_import_is_for_maintainers_and_keeps_no_password() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.member(&format!("groups/{acme}"), 1, 30).await;
    let url = "https://someone:secret@git.example.org/site.git";
    let body = json!({"path": "site", "namespace_id": acme, "import_url": url});
    let created = lab.root().post("/projects", body).await;
    assert_eq!(created.body["import_url"], "https://git.example.org/site.git");
    let seen = lab.dev(1).get("/projects/acme%2Fsite").await.body;
    assert_eq!(seen.get("import_url"), None);
    assert_eq!(seen["import_status"], "finished");
}

#[tokio::test]
async fn an_import_under_way_survives_a_restart() {
    use gitlab_sim::{Background, Options};
    let folder = tempfile::tempdir().unwrap();
    let clock = crate::clock::HandClock::new();
    let options = || {
        let background = Background::After(Duration::from_secs(5));
        let options = Options::empty().background(background).clock(clock.clone());
        options.state_file(folder.path().join("state.json"))
    };
    let lab = Lab::with(options()).await;
    let body = json!({"name": "Site", "import_url": ADDRESS});
    assert_eq!(lab.root().post("/projects", body).await.status, 201);
    lab.gitlab.stop().await;
    let lab = Lab::with(options()).await;
    clock.advance(Duration::from_secs(10));
    let import = lab.root().get("/projects/1/import").await.body;
    assert_eq!(import["import_status"], "finished");
}

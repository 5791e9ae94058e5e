//! Changing projects (§5.4, §7.2.6).

use serde_json::json;

use crate::client::Lab;

#[tokio::test]
async fn a_more_open_visibility_is_refused_on_update() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    lab.root()
        .put(&format!("/projects/{id}"), json!({"visibility": "public"}))
        .await
        .is(
            400,
            json!({"message": {"visibility_level": ["public is not allowed in a private group."]}}),
        );
}

#[tokio::test]
async fn an_update_needs_a_known_parameter() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let answer = lab
        .root()
        .put(&format!("/projects/{id}"), json!({"nmae": "x"}))
        .await;
    assert_eq!(answer.status, 400);
    let text = answer.body["error"].as_str().unwrap();
    assert!(text.starts_with("name, path, description, visibility"), "{text}");
    assert!(
        text.ends_with("are missing, at least one parameter must be provided"),
        "{text}"
    );
}

#[tokio::test]
async fn old_names_of_settings_work_and_levels_win_over_them() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let body = json!({"wiki_enabled": false, "issues_enabled": false, "issues_access_level": "private",
        "tag_list": "a, b", "merge_method": "ff", "ci_default_git_depth": 5});
    let project = lab.root().put(&format!("/projects/{id}"), body).await.body;
    assert_eq!(project["wiki_access_level"], "disabled");
    assert_eq!(project["wiki_enabled"], false);
    assert_eq!(project["issues_access_level"], "private");
    assert_eq!(project["issues_enabled"], true);
    assert_eq!(project["topics"], json!(["a", "b"]));
    assert_eq!(project["merge_method"], "ff");
    assert_eq!(project["ci_default_git_depth"], 5);
}

#[tokio::test]
async fn a_taken_name_or_path_is_refused_on_update() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.project(acme, "portal", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let taken = json!(["has already been taken"]);
    let path = format!("/projects/{id}");
    lab.root()
        .put(&path, json!({"path": "Portal"}))
        .await
        .is(400, json!({"message": {"path": taken}}));
    lab.root().put(&path, json!({"name": "portal"})).await.is(
        400,
        json!({"message": {"project_namespace.name": taken, "name": taken}}),
    );
    assert_eq!(lab.root().put(&path, json!({"path": "Site"})).await.status, 200);
}

#[tokio::test]
async fn the_default_branch_must_exist() {
    let lab = Lab::start().await;
    let body = json!({"name": "Site", "initialize_with_readme": true});
    let id = lab.root().post("/projects", body).await.body["id"].clone();
    let path = format!("/projects/{id}");
    let text = "Could not set the default branch. Do you have a branch named 'trunk' in your repository?";
    lab.root()
        .put(&path, json!({"default_branch": "trunk"}))
        .await
        .is(400, json!({"message": text}));
    let branch = format!("{path}/repository/branches?branch=trunk&ref=main");
    assert_eq!(lab.root().post(&branch, json!(null)).await.status, 201);
    let changed = lab.root().put(&path, json!({"default_branch": "trunk"})).await;
    assert_eq!(
        (changed.status, &changed.body["default_branch"]),
        (200, &json!("trunk"))
    );
}

#[tokio::test]
async fn topics_replace_the_list_from_an_array_or_from_commas() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let path = format!("/projects/{id}");
    let put = async |body| lab.root().put(&path, body).await.body;
    let both = |topics| (json!(topics), json!(topics));
    let shown = |body: serde_json::Value| (body["topics"].clone(), body["tag_list"].clone());
    assert_eq!(shown(put(json!({"topics": ["a", "b"]})).await), both(["a", "b"]));
    assert_eq!(shown(put(json!({"topics": "c,d"})).await), both(["c", "d"]));
    assert_eq!(
        shown(put(json!({"tag_list": ["e", "f"]})).await),
        both(["e", "f"])
    );
    let none: [&str; 0] = [];
    assert_eq!(put(json!({"topics": []})).await["topics"], json!(none));
}

#[tokio::test]
async fn an_avatar_comes_as_a_file_and_goes_with_an_empty_value() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let id = lab.project(acme, "site", "public").await;
    let path = format!("/api/v4/projects/{id}");
    let answer = lab
        .root()
        .send(
            hyper::Method::PUT,
            &path,
            super::MULTIPART,
            super::picture("a.png", "png"),
        )
        .await
        .unwrap();
    let url = format!("{}/uploads/-/system/project/avatar/{id}/a.png", lab.gitlab.url());
    assert_eq!((answer.status, &answer.body["avatar_url"]), (200, &json!(url)));
    let file = lab.root().get(&format!("/projects/{id}/avatar")).await;
    assert_eq!((file.status, file.text.as_str()), (200, "png"));
    assert_eq!(file.header("content-type"), Some("image/png"));
    let gone = lab
        .root()
        .put(&format!("/projects/{id}"), json!({"avatar": ""}))
        .await;
    assert_eq!((gone.status, &gone.body["avatar_url"]), (200, &json!(null)));
    assert_eq!(
        lab.root().get(&format!("/projects/{id}/avatar")).await.status,
        404
    );
}

#[tokio::test]
async fn an_avatar_that_is_no_picture_or_too_large_is_refused() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let id = lab.project(acme, "site", "public").await;
    let path = format!("/api/v4/projects/{id}");
    for (name, content) in [("a.txt", "x".to_owned()), ("a.png", "x".repeat(200 * 1024 + 1))] {
        let answer = lab
            .root()
            .send(
                hyper::Method::PUT,
                &path,
                super::MULTIPART,
                super::picture(name, &content),
            )
            .await
            .unwrap();
        assert_eq!(answer.status, 400, "{name}");
        assert!(answer.body["message"]["avatar"].is_array(), "{answer:?}");
    }
}

#[tokio::test]
async fn an_update_that_changes_nothing_is_no_write() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let id = lab.project(acme, "site", "public").await;
    let path = format!("/projects/{id}");
    let first = lab.root().put(&path, json!({"description": "x"})).await.body;
    let applied = lab.gitlab.stats().writes.applied;
    let second = lab.root().put(&path, json!({"description": "x"})).await.body;
    assert_eq!(first["updated_at"], second["updated_at"]);
    assert_eq!(lab.gitlab.stats().writes.applied, applied);
}

#[tokio::test]
async fn a_lowered_visibility_parts_from_forks_that_are_more_open() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let id = lab.project(acme, "site", "public").await;
    let fork = lab
        .dev(1)
        .post(&format!("/projects/{id}/fork"), json!({}))
        .await
        .body["id"]
        .clone();
    lab.root()
        .put(&format!("/projects/{id}"), json!({"visibility": "private"}))
        .await;
    let seen = lab.root().get(&format!("/projects/{fork}")).await.body;
    assert_eq!(seen.get("forked_from_project"), None);
    assert_eq!(
        lab.root().get(&format!("/projects/{id}")).await.body["forks_count"],
        0
    );
}

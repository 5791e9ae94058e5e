//! Projects (§7.2, §5.4).

use serde_json::json;

use crate::client::Lab;

#[tokio::test]
async fn a_taken_name_and_path_are_refused_by_key() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let body = json!({"name": "Ledger", "path": "ledger", "namespace_id": acme});
    assert_eq!(lab.root().post("/projects", body.clone()).await.status, 201);
    let taken = json!(["has already been taken"]);
    lab.root().post("/projects", body).await.is(
        400,
        json!({"message": {"project_namespace.name": taken, "name": taken, "path": taken}}),
    );
    let body = json!({"name": "Other", "path": "LEDGER", "namespace_id": acme});
    lab.root()
        .post("/projects", body)
        .await
        .is(400, json!({"message": {"path": taken}}));
    assert_eq!(lab.gitlab.stats().writes.rejected_as_duplicate, 2);
}

#[tokio::test]
async fn a_subgroup_takes_the_path_of_a_project() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.group(Some(acme), "web", "private").await;
    let body = json!({"name": "Another", "path": "web", "namespace_id": acme});
    lab.root()
        .post("/projects", body)
        .await
        .is(400, json!({"message": {"path": ["has already been taken"]}}));
}

#[tokio::test]
async fn a_more_open_visibility_is_lowered_silently() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let body = json!({"name": "Ledger", "namespace_id": acme, "visibility": "public"});
    let answer = lab.root().post("/projects", body).await;
    assert_eq!(
        (answer.status, answer.body["visibility"].as_str()),
        (201, Some("private"))
    );
}

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
async fn a_name_makes_a_path_and_a_path_makes_a_name() {
    let lab = Lab::start().await;
    let by_name = lab
        .root()
        .post("/projects", json!({"name": "My  new & shiny Site"}))
        .await;
    by_name.is(
        400,
        json!({"message": {"name": ["can contain only letters, digits, emoji, '_', '.', '+', dashes, or spaces. \
            It must start with a letter, digit, emoji, or '_'."]}}),
    );
    let by_name = lab
        .root()
        .post("/projects", json!({"name": "My  new Site"}))
        .await;
    assert_eq!(by_name.body["path"], "my-new-site");
    let by_path = lab.root().post("/projects", json!({"path": "some-path"})).await;
    assert_eq!(by_path.body["name"], "some-path");
    lab.root()
        .post("/projects", json!({"description": "x"}))
        .await
        .is(
            400,
            json!({"error": "name, path are missing, at least one parameter must be provided"}),
        );
}

#[tokio::test]
async fn a_namespace_is_a_number_and_must_be_open_to_the_caller() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.root()
        .post("/projects", json!({"name": "X", "namespace_id": "acme"}))
        .await
        .is(400, json!({"error": "namespace_id is invalid"}));
    lab.dev(1)
        .post("/projects", json!({"name": "X", "namespace_id": acme}))
        .await
        .is(400, json!({"message": {"namespace": ["is not valid"]}}));
    lab.dev(1)
        .post("/projects", json!({"name": "X", "namespace_id": 999}))
        .await
        .is(400, json!({"message": {"namespace": ["can't be blank"]}}));
}

#[tokio::test]
async fn in_a_group_the_creator_gets_no_direct_membership_and_in_an_own_namespace_one() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.project(acme, "site", "private").await;
    assert_eq!(lab.gitlab.members("acme/site"), []);
    let own = lab.dev(1).post("/projects", json!({"path": "notes"})).await;
    assert_eq!(own.body["path_with_namespace"], "dev-0001/notes");
    assert_eq!(own.body["owner"]["username"], "dev-0001");
    let members = lab.gitlab.members("dev-0001/notes");
    assert_eq!(
        (members[0].username.as_str(), members[0].access_level.number()),
        ("dev-0001", 50)
    );
}

#[tokio::test]
async fn the_limit_of_an_own_namespace_is_403_with_a_list_under_error() {
    let lab = Lab::start().await;
    lab.root().put("/users/2", json!({"projects_limit": 1})).await;
    assert_eq!(
        lab.dev(1).post("/projects", json!({"path": "one"})).await.status,
        201
    );
    let text = "You've reached your limit of 1 projects created. Contact your GitLab administrator.";
    lab.dev(1)
        .post("/projects", json!({"path": "two"}))
        .await
        .is(403, json!({"error": [text]}));
}

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
    let keys = include_str!("project_keys.txt");
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
async fn archiving_answers_201_and_refuses_a_repetition() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let answer = lab
        .root()
        .post(&format!("/projects/{id}/archive"), json!(null))
        .await;
    assert_eq!(
        (answer.status, answer.body["archived"].as_bool()),
        (201, Some(true))
    );
    let again = lab
        .root()
        .post(&format!("/projects/{id}/archive"), json!(null))
        .await;
    again.is(400, json!({"message": "Project is already archived!"}));
    lab.root()
        .put(&format!("/projects/{id}"), json!({"description": "x"}))
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    let answer = lab
        .root()
        .post(&format!("/projects/{id}/unarchive"), json!(null))
        .await;
    assert_eq!(
        (answer.status, answer.body["archived"].as_bool()),
        (201, Some(false))
    );
}

#[tokio::test]
async fn lists_are_filtered_and_ordered() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let web = lab.group(Some(acme), "web", "public").await;
    for (namespace, path, visibility) in [
        (acme, "beta", "public"),
        (acme, "alpha", "private"),
        (web, "gamma", "public"),
    ] {
        lab.project(namespace, path, visibility).await;
    }
    let paths = async |query: &str| lab.root().get(query).await.column("path");
    assert_eq!(paths("/projects").await, ["gamma", "alpha", "beta"]);
    assert_eq!(
        paths("/projects?order_by=path&sort=asc").await,
        ["alpha", "beta", "gamma"]
    );
    assert_eq!(paths("/projects?visibility=private").await, ["alpha"]);
    assert_eq!(paths("/projects?search=AMM").await, ["gamma"]);
    assert_eq!(
        paths("/projects?search=web&search_namespaces=true").await,
        ["gamma"]
    );
    assert_eq!(
        paths("/projects?id_after=1&sort=asc&order_by=id").await,
        ["alpha", "gamma"]
    );
    assert_eq!(paths("/projects?id_after=2&id_before=2").await, [""; 0]);
    assert_eq!(paths("/groups/acme/projects").await, ["alpha", "beta"]);
    assert_eq!(
        paths("/groups/acme/projects?include_subgroups=true&order_by=id&sort=asc").await,
        ["beta", "alpha", "gamma"]
    );
    assert_eq!(
        lab.anonymous().get("/projects").await.column("path"),
        ["gamma", "beta"]
    );
    let unpaired = lab
        .root()
        .get("/projects?updated_after=2026-01-01T00:00:00Z")
        .await;
    let text = "400 Bad request - `updated_at` filter and `updated_at` sorting must be paired";
    unpaired.is(400, json!({"message": text}));
}

#[tokio::test]
async fn membership_narrows_a_list_to_ones_own() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    lab.project(acme, "open", "public").await;
    let own = lab.project(acme, "own", "private").await;
    lab.member(&format!("projects/{own}"), 1, 30).await;
    let dev = lab.dev(1);
    assert_eq!(dev.get("/projects").await.column("path"), ["own", "open"]);
    assert_eq!(dev.get("/projects?membership=true").await.column("path"), ["own"]);
    assert_eq!(
        dev.get("/projects?membership=true&min_access_level=40")
            .await
            .column("path"),
        [""; 0]
    );
    assert_eq!(dev.get("/projects?owned=true").await.column("path"), [""; 0]);
}

#[tokio::test]
async fn an_administrator_creates_for_someone_else() {
    let lab = Lab::start().await;
    let answer = lab.root().post("/projects/user/2", json!({"name": "Gift"})).await;
    assert_eq!(answer.body["path_with_namespace"], "dev-0001/Gift");
    assert_eq!(answer.body["creator_id"], 2);
    assert_eq!(
        lab.dev(2)
            .post("/projects/user/2", json!({"name": "Gift 2"}))
            .await
            .status,
        403
    );
    assert_eq!(
        lab.root().get("/users/dev-0001/projects").await.column("path"),
        ["Gift"]
    );
    assert_eq!(lab.root().get("/users/2/projects").await.column("path"), ["Gift"]);
}

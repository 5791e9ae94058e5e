//! Creating projects (§5.4, §6.3, §7.2.4).

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

#[tokio::test]
async fn at_most_one_source_is_named() {
    let lab = Lab::start().await;
    let body = json!({"name": "X", "import_url": "https://git.example.org/a.git", "template_name": "rails"});
    lab.root().post("/projects", body).await.is(
        400,
        json!({"error": "import_url, template_name are mutually exclusive"}),
    );
}

#[tokio::test]
async fn a_readme_fills_the_repository_at_once() {
    let lab = Lab::start().await;
    let body = json!({"name": "Notes", "initialize_with_readme": true, "default_branch": "trunk"});
    let project = lab.root().post("/projects", body).await.body;
    assert_eq!(
        (&project["empty_repo"], &project["default_branch"]),
        (&json!(false), &json!("trunk"))
    );
    let owner = "root";
    let readme = format!("{}/{owner}/Notes/-/blob/trunk/README.md", lab.gitlab.url());
    assert_eq!(project["readme_url"], readme);
}

#[tokio::test]
async fn without_a_readme_the_repository_is_empty_until_the_first_push() {
    let lab = Lab::start().await;
    let project = lab.root().post("/projects", json!({"path": "notes"})).await.body;
    assert_eq!(
        (&project["empty_repo"], &project["readme_url"]),
        (&json!(true), &json!(null))
    );
}

#[tokio::test]
async fn the_first_branch_is_called_as_the_instance_has_it() {
    let lab = Lab::start().await;
    let settings = json!({"default_branch_name": "trunk"});
    assert_eq!(
        lab.root().put("/application/settings", settings).await.status,
        200
    );
    let project = lab.root().post("/projects", json!({"path": "notes"})).await.body;
    assert_eq!(project["default_branch"], "trunk");
}

#[tokio::test]
async fn a_limit_of_zero_says_that_no_project_can_be_made() {
    let lab = Lab::start().await;
    lab.root().put("/users/2", json!({"projects_limit": 0})).await;
    let text = "You cannot create projects in your personal namespace. Contact your GitLab administrator.";
    lab.dev(1)
        .post("/projects", json!({"path": "one"}))
        .await
        .is(403, json!({"error": [text]}));
}

#[tokio::test]
async fn for_someone_else_the_name_is_needed_and_the_limit_is_a_complaint_of_the_model() {
    let lab = Lab::start().await;
    lab.root().put("/users/2", json!({"projects_limit": 0})).await;
    let root = lab.root();
    root.post("/projects/user/2", json!({"path": "gift"}))
        .await
        .is(400, json!({"error": "name is missing"}));
    let refused = root.post("/projects/user/2", json!({"name": "Gift"})).await;
    assert_eq!(refused.status, 400);
    assert!(refused.body["message"]["limit_reached"].is_array(), "{refused:?}");
    root.post("/projects/user/99", json!({"name": "Gift"}))
        .await
        .is(404, json!({"message": "404 User Not Found"}));
}

#[tokio::test]
async fn without_a_visibility_a_project_gets_the_instances_lowered_to_its_namespace() {
    let lab = Lab::start().await;
    let settings = json!({"default_project_visibility": "public"});
    lab.root().put("/application/settings", settings).await;
    let acme = lab.group(None, "acme", "internal").await;
    let own = lab.root().post("/projects", json!({"path": "own"})).await;
    let below = lab
        .root()
        .post("/projects", json!({"path": "site", "namespace_id": acme}))
        .await;
    assert_eq!(
        (&own.body["visibility"], &below.body["visibility"]),
        (&json!("public"), &json!("internal"))
    );
}

#[tokio::test]
async fn a_restricted_visibility_is_refused_to_users() {
    let lab = Lab::start().await;
    let settings = json!({"restricted_visibility_levels": ["public"]});
    assert_eq!(
        lab.root().put("/application/settings", settings).await.status,
        200
    );
    let body = json!({"path": "site", "visibility": "public"});
    let text = "public has been restricted by your GitLab administrator";
    lab.dev(1)
        .post("/projects", body.clone())
        .await
        .is(400, json!({"message": {"visibility_level": [text]}}));
    assert_eq!(lab.root().post("/projects", body).await.status, 201);
}

#[tokio::test]
async fn a_group_that_is_archived_or_on_its_way_out_takes_no_project() {
    let lab = Lab::start().await;
    let old = lab.group(None, "old", "private").await;
    let gone = lab.group(None, "gone", "private").await;
    lab.root()
        .post(&format!("/groups/{old}/archive"), json!(null))
        .await;
    lab.root().delete(&format!("/groups/{gone}"), json!(null)).await;
    for group in [old, gone] {
        lab.root()
            .post("/projects", json!({"path": "site", "namespace_id": group}))
            .await
            .is(400, json!({"message": {"namespace": ["is not valid"]}}));
    }
}

#[tokio::test]
async fn a_project_takes_an_id_out_of_the_groups_sequence_too() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.project(acme, "site", "private").await;
    assert_eq!(lab.group(None, "next", "private").await, acme + 2);
}

#[tokio::test]
async fn the_limit_of_creations_counts_before_an_address_is_looked_at() {
    let lab = Lab::start().await;
    let limits = json!({"endpoints": {"POST /projects": {"limit": 1, "seconds": 86400}}});
    lab.control(hyper::Method::POST, "/limits", limits).await;
    let body = json!({"path": "a", "import_url": "https://nowhere.invalid/a.git"});
    assert_eq!(lab.root().post("/projects", body.clone()).await.status, 422);
    let limited = lab.root().post("/projects", body).await;
    assert_eq!(
        (limited.status, limited.header("retry-after")),
        (429, Some("86400"))
    );
}

#[tokio::test]
async fn a_reserved_word_is_no_path() {
    let lab = Lab::start().await;
    lab.root()
        .post("/projects", json!({"name": "Badges", "path": "badges"}))
        .await
        .is(400, json!({"message": {"path": ["badges is a reserved name"]}}));
    assert_eq!(
        lab.root().post("/projects", json!({"path": "api"})).await.status,
        201
    );
}

#[tokio::test]
async fn a_bad_path_is_refused_with_both_rules() {
    let lab = Lab::start().await;
    let refused = lab
        .root()
        .post("/projects", json!({"name": "Site", "path": "-site.git"}))
        .await;
    assert_eq!(refused.status, 400);
    let texts = refused.body["message"]["path"].as_array().unwrap();
    let old = "can contain only letters, digits, '_', '-' and '.'. Cannot start with '-', end in '.git' or end in '.atom'";
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(texts.contains(&json!(old)), "{texts:?}");
}

#[tokio::test]
async fn a_path_is_as_long_as_255_characters_and_a_description_as_2000() {
    let lab = Lab::start().await;
    let post = async |body| lab.root().post("/projects", body).await;
    assert_eq!(post(json!({"path": "a".repeat(255)})).await.status, 201);
    let long = post(json!({"name": "Long", "path": "b".repeat(256)})).await;
    assert!(long.body["message"]["path"].is_array(), "{long:?}");
    let fits = json!({"path": "fits", "description": "x".repeat(2_000)});
    assert_eq!(post(fits).await.status, 201);
    let body = json!({"path": "wordy", "description": "x".repeat(2_001)});
    assert!(post(body).await.body["message"]["description"].is_array());
}

#[tokio::test]
async fn runners_of_the_instance_are_off_where_the_group_has_them_off() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let off = json!({"shared_runners_setting": "disabled_and_overridable"});
    assert_eq!(lab.root().put(&format!("/groups/{acme}"), off).await.status, 200);
    let body = json!({"path": "site", "namespace_id": acme});
    let project = lab.root().post("/projects", body).await.body;
    assert_eq!(project["shared_runners_enabled"], false);
}

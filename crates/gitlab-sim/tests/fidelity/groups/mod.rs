//! Groups (§7.1, §5.4, §6).

mod avatars;
mod bodies;
mod creation;
mod lists;
mod settings;
mod sharing;
mod transfer;

use serde_json::json;

use crate::client::Lab;

#[tokio::test]
async fn a_taken_path_is_refused_as_a_ruby_hash_in_a_string() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "private").await;
    let answer = lab
        .root()
        .post("/groups", json!({"name": "Other", "path": "ACME"}))
        .await;
    answer.is(
        400,
        json!({"message": "Failed to save group {:path=>[\"has already been taken\"]}"}),
    );
    assert_eq!(lab.gitlab.stats().writes.rejected_as_duplicate, 1);
}

#[tokio::test]
async fn below_a_parent_the_name_must_be_free_too_and_at_top_level_not() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.group(Some(acme), "web", "private").await;
    let answer = lab
        .root()
        .post(
            "/groups",
            json!({"name": "web", "path": "Web", "parent_id": acme}),
        )
        .await;
    let text =
        "Failed to save group {:name=>[\"has already been taken\"], :path=>[\"has already been taken\"]}";
    answer.is(400, json!({"message": text}));
    assert_eq!(
        lab.root()
            .post("/groups", json!({"name": "acme", "path": "acme-2"}))
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn a_user_name_and_a_project_take_a_path_as_well() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.project(acme, "site", "private").await;
    let taken = json!({"message": "Failed to save group {:path=>[\"has already been taken\"]}"});
    lab.root()
        .post("/groups", json!({"name": "Dev", "path": "dev-0001"}))
        .await
        .is(400, taken.clone());
    lab.root()
        .post(
            "/groups",
            json!({"name": "Site", "path": "site", "parent_id": acme}),
        )
        .await
        .is(400, taken);
}

#[tokio::test]
async fn reserved_words_short_paths_and_bad_characters_are_refused() {
    let lab = Lab::start().await;
    let refusal = async |path: &str| {
        let answer = lab
            .root()
            .post("/groups", json!({"name": "X", "path": path}))
            .await;
        assert_eq!(answer.status, 400);
        answer.body["message"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        refusal("admin").await,
        r#"Failed to save group {:path=>["admin is a reserved name"]}"#
    );
    assert_eq!(
        refusal("x").await,
        r#"Failed to save group {:path=>["is too short (minimum is 2 characters)"]}"#
    );
    assert_eq!(
        refusal("a b").await,
        "Failed to save group {:path=>[\"can contain only letters, digits, '_', '-' and '.'. Cannot start with \
         '-' or end in '.', '.git' or '.atom'.\", \"can only include non-accented letters, digits, '_', '-' and \
         '.'. It must not start with '-', '_', or '.', nor end with '-', '_', '.', '.git', or '.atom'.\"]}"
    );
}

#[tokio::test]
async fn words_reserved_at_top_level_are_fine_below() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    assert_eq!(
        lab.root()
            .post("/groups", json!({"name": "A", "path": "api", "parent_id": acme}))
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn a_group_more_open_than_its_parent_is_refused() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let body = json!({"name": "Pub", "path": "pub", "parent_id": acme, "visibility": "public"});
    let text = "Failed to save group {:visibility_level=>[\"public is not allowed since the parent group has a \
                private visibility.\"]}";
    lab.root()
        .post("/groups", body)
        .await
        .is(400, json!({"message": text}));
}

#[tokio::test]
async fn an_absent_parent_is_404_and_nesting_ends_at_twenty_ancestors() {
    let lab = Lab::start().await;
    let body = json!({"name": "X", "path": "xx", "parent_id": 999});
    lab.root()
        .post("/groups", body)
        .await
        .is(404, json!({"message": "404 Group Not Found"}));
    let mut parent = None;
    for depth in 0..21 {
        parent = Some(lab.group(parent, &format!("level-{depth}"), "private").await);
    }
    let body = json!({"name": "Deep", "path": "deep", "parent_id": parent});
    lab.root().post("/groups", body).await.is(
        400,
        json!({"message": "Failed to save group {:parent_id=>[\"has too deep level of nesting\"]}"}),
    );
}

#[tokio::test]
async fn the_creator_becomes_direct_owner_also_of_a_subgroup() {
    let lab = Lab::start().await;
    let acme = lab
        .dev(1)
        .post("/groups", json!({"name": "Acme", "path": "acme"}))
        .await;
    assert_eq!(acme.status, 201);
    let body = json!({"name": "Web", "path": "web", "parent_id": acme.body["id"]});
    let web = lab.dev(1).post("/groups", body).await;
    let members = lab
        .dev(1)
        .get(&format!("/groups/{}/members", web.body["id"]))
        .await;
    assert_eq!(members.column("username"), ["dev-0001"]);
    assert_eq!(members.column("access_level"), ["50"]);
}

#[tokio::test]
async fn a_new_group_shows_all_documented_keys() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let group = lab.root().get(&format!("/groups/{acme}")).await.body;
    for key in [
        "id",
        "web_url",
        "name",
        "path",
        "description",
        "visibility",
        "share_with_group_lock",
        "require_two_factor_authentication",
        "two_factor_grace_period",
        "project_creation_level",
        "auto_devops_enabled",
        "subgroup_creation_level",
        "emails_disabled",
        "emails_enabled",
        "show_diff_preview_in_email",
        "mentions_disabled",
        "lfs_enabled",
        "archived",
        "math_rendering_limits_enabled",
        "lock_math_rendering_limits_enabled",
        "default_branch",
        "default_branch_protection",
        "default_branch_protection_defaults",
        "avatar_url",
        "request_access_enabled",
        "full_name",
        "full_path",
        "created_at",
        "parent_id",
        "organization_id",
        "shared_runners_setting",
        "max_artifacts_size",
        "marked_for_deletion_on",
        "shared_with_groups",
        "runners_token",
        "enabled_git_access_protocol",
        "prevent_sharing_groups_outside_hierarchy",
        "projects",
        "shared_projects",
    ] {
        assert!(group.get(key).is_some(), "{key} is missing");
    }
    assert_eq!(group.get("updated_at"), None);
    assert_eq!(group["web_url"], format!("{}/groups/acme", lab.gitlab.url()));
}

#[tokio::test]
async fn full_name_and_full_path_join_the_ancestors() {
    let lab = Lab::start().await;
    let acme = lab
        .root()
        .post("/groups", json!({"name": "Acme Inc", "path": "acme"}))
        .await
        .body["id"]
        .clone();
    let body = json!({"name": "Web Team", "path": "Web", "parent_id": acme});
    let web = lab.root().post("/groups", body).await.body;
    assert_eq!(web["full_path"], "acme/Web");
    assert_eq!(web["full_name"], "Acme Inc / Web Team");
    assert_eq!(lab.root().get("/groups/ACME%2fweb").await.body["id"], web["id"]);
}

#[tokio::test]
async fn projects_in_the_body_of_a_group_can_be_turned_off() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.project(acme, "site", "private").await;
    let with = lab.root().get("/groups/acme").await.body;
    assert_eq!(with["projects"][0]["path_with_namespace"], "acme/site");
    assert_eq!(
        lab.root()
            .get("/groups/acme?with_projects=false")
            .await
            .body
            .get("projects"),
        None
    );
}

#[tokio::test]
async fn an_update_is_refused_with_an_object_unlike_a_creation() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "private").await;
    let other = lab.group(None, "other", "private").await;
    let answer = lab
        .root()
        .put(&format!("/groups/{other}"), json!({"path": "acme"}))
        .await;
    answer.is(400, json!({"message": {"path": ["has already been taken"]}}));
}

#[tokio::test]
async fn a_new_path_renames_everything_below_and_the_old_one_leads_nowhere() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    lab.project(web, "site", "private").await;
    let answer = lab.root().put("/groups/acme", json!({"path": "apex"})).await;
    assert_eq!(
        (answer.status, answer.body["full_path"].as_str()),
        (200, Some("apex"))
    );
    assert_eq!(
        lab.root().get(&format!("/groups/{web}")).await.body["full_path"],
        "apex/web"
    );
    assert!(lab.gitlab.project("apex/web/site").is_some());
    lab.root()
        .get("/groups/acme")
        .await
        .is(404, json!({"message": "404 Group Not Found"}));
    // A project is still found, by redirect.
    assert_eq!(lab.root().get("/projects/acme%2Fweb%2Fsite").await.status, 301);
}

#[tokio::test]
async fn a_change_of_case_is_no_clash_with_oneself() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "private").await;
    let answer = lab.root().put("/groups/acme", json!({"path": "Acme"})).await;
    assert_eq!(
        (answer.status, answer.body["full_path"].as_str()),
        (200, Some("Acme"))
    );
}

#[tokio::test]
async fn a_group_cannot_close_below_what_it_holds() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    lab.project(acme, "site", "public").await;
    lab.root()
        .put("/groups/acme", json!({"visibility": "private"}))
        .await
        .is(
            400,
            json!({"message": {"visibility_level":
            ["private is not allowed since this group contains projects with higher visibility."]}}),
        );
    let open = lab.group(None, "open", "public").await;
    lab.group(Some(open), "below", "internal").await;
    lab.root()
        .put("/groups/open", json!({"visibility": "private"}))
        .await
        .is(
            400,
            json!({"message": {"visibility_level":
            ["private is not allowed since there are sub-groups with higher visibility."]}}),
        );
    assert_eq!(
        lab.root()
            .put("/groups/open", json!({"visibility": "internal"}))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn settings_are_kept_and_an_update_that_changes_nothing_is_no_write() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "private").await;
    let body =
        json!({"description": "All of it", "project_creation_level": "maintainer", "lfs_enabled": false});
    let group = lab.root().put("/groups/acme", body.clone()).await.body;
    assert_eq!(group["description"], "All of it");
    assert_eq!(group["project_creation_level"], "maintainer");
    assert_eq!(group["lfs_enabled"], false);
    let before = lab.gitlab.stats().writes.applied;
    assert_eq!(lab.root().put("/groups/acme", body).await.status, 200);
    assert_eq!(lab.gitlab.stats().writes.applied, before);
}

#[tokio::test]
async fn archiving_answers_200_marks_the_group_and_shows_on_descendants() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    let answer = lab.root().post("/groups/acme/archive", json!(null)).await;
    assert_eq!(
        (answer.status, answer.body["archived"].as_bool()),
        (200, Some(true))
    );
    assert_eq!(
        lab.root().get(&format!("/groups/{web}")).await.body["archived"],
        true
    );
    let again = lab.root().post("/groups/acme/archive", json!(null)).await;
    again.is(422, json!({"message": "Group is already archived!"}));
    let below = lab
        .root()
        .post(&format!("/groups/{web}/archive"), json!(null))
        .await;
    let text = "Cannot archive group since one of the ancestor groups is already archived!";
    below.is(422, json!({"message": text}));
    assert_eq!(
        lab.root().post("/groups/acme/unarchive", json!(null)).await.body["archived"],
        false
    );
}

#[tokio::test]
async fn lists_below_a_group_hold_children_or_all_descendants() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    lab.group(Some(web), "ui", "private").await;
    let paths = async |path: &str| lab.root().get(path).await.column("full_path");
    assert_eq!(paths("/groups/acme/subgroups").await, ["acme/web"]);
    assert_eq!(
        paths("/groups/acme/descendant_groups?order_by=id").await,
        ["acme/web", "acme/web/ui"]
    );
    assert_eq!(paths("/groups?top_level_only=true").await, ["acme"]);
    assert_eq!(
        paths("/groups?order_by=id&sort=desc").await,
        ["acme/web/ui", "acme/web", "acme"]
    );
    assert_eq!(
        paths(&format!("/groups?skip_groups[]={acme}&search=web")).await,
        ["acme/web"]
    );
    lab.root()
        .get("/groups/none/subgroups")
        .await
        .is(404, json!({"message": "404 Group Not Found"}));
}

#[tokio::test]
async fn all_digits_are_read_as_an_id() {
    let lab = Lab::start().await;
    let numeric = lab
        .root()
        .post("/groups", json!({"name": "Year", "path": "2026"}))
        .await;
    assert_eq!(numeric.status, 201);
    lab.root()
        .get("/groups/2026")
        .await
        .is(404, json!({"message": "404 Group Not Found"}));
    let id = numeric.body["id"].as_u64().unwrap();
    assert_eq!(
        lab.root().get(&format!("/groups/{id}")).await.body["path"],
        "2026"
    );
}

#[tokio::test]
async fn user_namespaces_and_groups_share_one_sequence_of_ids() {
    let lab = Lab::start().await;
    // root and nine users have ten namespaces.
    assert_eq!(lab.group(None, "acme", "private").await, 11);
    // The project takes one for its own namespace.
    assert_eq!(lab.project(11, "site", "private").await, 1);
    assert_eq!(lab.group(None, "next", "private").await, 13);
}

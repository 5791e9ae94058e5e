//! `POST /groups` (§7.1.4, §6).

use serde_json::json;

use crate::client::Lab;

#[tokio::test]
async fn name_and_path_are_needed() {
    let lab = Lab::start().await;
    lab.root()
        .post("/groups", json!({"path": "acme"}))
        .await
        .is(400, json!({"error": "name is missing"}));
    lab.root()
        .post("/groups", json!({}))
        .await
        .is(400, json!({"error": "name is missing, path is missing"}));
}

#[tokio::test]
async fn a_name_begins_with_a_letter_and_holds_no_slash() {
    let lab = Lab::start().await;
    let text = "Failed to save group {:name=>[\"can contain only letters, digits, emoji, '_', '.', dash, space, \
                parenthesis. It must start with letter, digit, emoji or '_'.\"]}";
    for name in ["-acme", "a/b"] {
        lab.root()
            .post("/groups", json!({"name": name, "path": "acme"}))
            .await
            .is(400, json!({"message": text}));
    }
    let fine = json!({"name": "Größe (alt) 🚀", "path": "acme"});
    assert_eq!(lab.root().post("/groups", fine).await.status, 201);
}

#[tokio::test]
async fn a_description_has_five_hundred_characters_at_most() {
    let lab = Lab::start().await;
    let body = json!({"name": "A", "path": "acme", "description": "x".repeat(501)});
    let text = "Failed to save group {:description=>[\"is too long (maximum is 500 characters)\"]}";
    lab.root()
        .post("/groups", body)
        .await
        .is(400, json!({"message": text}));
}

#[tokio::test]
async fn without_a_visibility_the_instance_decides_and_not_the_parent() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let create = async |path: &str| {
        let body = json!({"name": path, "path": path, "parent_id": acme});
        lab.root().post("/groups", body).await
    };
    assert_eq!(create("first").await.body["visibility"], "private");
    lab.root()
        .put(
            "/application/settings",
            json!({"default_group_visibility": "internal"}),
        )
        .await;
    assert_eq!(create("second").await.body["visibility"], "internal");
    lab.group(None, "closed", "private").await;
    let closed = lab.gitlab.group_id("closed").unwrap().0;
    let body = json!({"name": "x", "path": "xx", "parent_id": closed});
    let text = "Failed to save group {:visibility_level=>[\"internal is not allowed since the parent group has a \
                private visibility.\"]}";
    lab.root()
        .post("/groups", body)
        .await
        .is(400, json!({"message": text}));
}

#[tokio::test]
async fn a_restricted_visibility_is_for_administrators() {
    let lab = Lab::start().await;
    lab.root()
        .put(
            "/application/settings",
            json!({"restricted_visibility_levels": ["public"]}),
        )
        .await;
    let body = |path: &str| json!({"name": path, "path": path, "visibility": "public"});
    let text = "Failed to save group {:visibility_level=>[\"public has been restricted by your GitLab administrator\"]}";
    lab.dev(1)
        .post("/groups", body("acme"))
        .await
        .is(400, json!({"message": text}));
    assert_eq!(lab.root().post("/groups", body("acme")).await.status, 201);
    let own = json!({"name": "Own", "path": "own"});
    lab.dev(1).post("/groups", own).await;
    lab.dev(1)
        .put("/groups/own", json!({"visibility": "public"}))
        .await
        .is(
            400,
            json!({"message": {"visibility_level": ["public has been restricted by your GitLab administrator"]}}),
        );
}

#[tokio::test]
async fn an_instance_can_keep_top_level_groups_to_its_administrators() {
    let lab = Lab::start().await;
    lab.root()
        .put(
            "/application/settings",
            json!({"top_level_group_creation_enabled": false}),
        )
        .await;
    lab.dev(1)
        .post("/groups", json!({"name": "Acme", "path": "acme"}))
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    lab.group(None, "acme", "private").await;
}

#[tokio::test]
async fn nothing_is_created_in_what_is_archived_or_scheduled_for_deletion() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    let group = json!({"name": "x", "path": "xx", "parent_id": web});
    let project = json!({"name": "x", "namespace_id": web});
    let refused = async || {
        lab.root()
            .post("/groups", group.clone())
            .await
            .is(403, json!({"message": "403 Forbidden"}));
        lab.root()
            .post("/projects", project.clone())
            .await
            .is(400, json!({"message": {"namespace": ["is not valid"]}}));
    };
    lab.root().post("/groups/acme/archive", json!(null)).await;
    refused().await;
    lab.root().post("/groups/acme/unarchive", json!(null)).await;
    lab.root().delete("/groups/acme", json!(null)).await;
    refused().await;
    lab.root()
        .post(&format!("/groups/{acme}/restore"), json!(null))
        .await;
    assert_eq!(lab.root().post("/groups", group.clone()).await.status, 201);
}

#[tokio::test]
async fn a_number_as_parent_is_read_as_an_id_and_a_path_is_refused() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "private").await;
    lab.root()
        .post("/groups", json!({"name": "x", "path": "xx", "parent_id": "acme"}))
        .await
        .is(400, json!({"error": "parent_id is invalid"}));
}

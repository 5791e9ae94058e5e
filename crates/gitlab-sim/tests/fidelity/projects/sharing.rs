//! Groups invited to projects, and those a project is in (§5.4, §7.2.8).

use serde_json::json;

use crate::client::Lab;
use crate::examples::same_shape;

#[tokio::test]
async fn a_shared_project_answers_the_link_and_shows_the_group() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let ops = lab.group(None, "ops", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let body = json!({"group_id": ops, "group_access": 30, "expires_at": "2099-01-01"});
    let link = lab.root().post(&format!("/projects/{id}/share"), body).await;
    assert_eq!(link.status, 201);
    same_shape(&link, "project_share");
    assert_eq!(
        (
            &link.body["project_id"],
            &link.body["group_id"],
            &link.body["group_access"]
        ),
        (&json!(id), &json!(ops), &json!(30))
    );
    let project = lab.root().get(&format!("/projects/{id}")).await.body;
    assert_eq!(
        project["shared_with_groups"],
        json!([{"group_id": ops, "group_name": "ops", "group_full_path": "ops", "group_access_level": 30,
            "expires_at": "2099-01-01"}])
    );
}

#[tokio::test]
async fn members_of_an_invited_group_reach_the_project_with_the_lower_level() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let ops = lab.group(None, "ops", "private").await;
    let id = lab.project(acme, "site", "private").await;
    lab.member(&format!("groups/{ops}"), 1, 50).await;
    assert_eq!(lab.dev(1).get(&format!("/projects/{id}")).await.status, 404);
    let body = json!({"group_id": ops, "group_access": 30});
    lab.root().post(&format!("/projects/{id}/share"), body).await;
    assert_eq!(lab.dev(1).get(&format!("/projects/{id}")).await.status, 200);
    let write = lab
        .dev(1)
        .put(&format!("/projects/{id}"), json!({"description": "x"}))
        .await;
    assert_eq!(write.status, 403);
}

#[tokio::test]
async fn a_group_is_invited_once() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let ops = lab.group(None, "ops", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let body = json!({"group_id": ops, "group_access": 30});
    let path = format!("/projects/{id}/share");
    assert_eq!(lab.root().post(&path, body.clone()).await.status, 201);
    lab.root()
        .post(&path, body)
        .await
        .is(409, json!({"message": "Group already shared with this group"}));
    assert_eq!(lab.gitlab.stats().writes.rejected_as_duplicate, 1);
}

#[tokio::test]
async fn a_group_above_the_project_is_not_invited() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let text = "Project cannot be shared with the group it is in or one of its ancestors.";
    lab.root()
        .post(
            &format!("/projects/{id}/share"),
            json!({"group_id": acme, "group_access": 30}),
        )
        .await
        .is(409, json!({"message": text}));
}

#[tokio::test]
async fn a_group_that_is_not_seen_or_not_there_is_404_without_a_number() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let hidden = lab.group(None, "hidden", "private").await;
    let id = lab.project(acme, "site", "private").await;
    lab.member(&format!("projects/{id}"), 1, 40).await;
    for group in [hidden, 999] {
        lab.dev(1)
            .post(
                &format!("/projects/{id}/share"),
                json!({"group_id": group, "group_access": 30}),
            )
            .await
            .is(404, json!({"message": "Not Found"}));
    }
}

#[tokio::test]
async fn where_sharing_is_locked_it_is_refused() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let ops = lab.group(None, "ops", "private").await;
    let id = lab.project(acme, "site", "private").await;
    lab.root()
        .put(&format!("/groups/{acme}"), json!({"share_with_group_lock": true}))
        .await;
    lab.root()
        .post(
            &format!("/projects/{id}/share"),
            json!({"group_id": ops, "group_access": 30}),
        )
        .await
        .is(
            400,
            json!({"message": "The project sharing with group is disabled"}),
        );
}

#[tokio::test]
async fn sharing_needs_a_group_a_level_that_exists_and_a_maintainer() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let ops = lab.group(None, "ops", "public").await;
    let id = lab.project(acme, "site", "private").await;
    lab.member(&format!("projects/{id}"), 1, 30).await;
    let path = format!("/projects/{id}/share");
    lab.root().post(&path, json!({})).await.is(
        400,
        json!({"error": "group_id is missing, group_access is missing"}),
    );
    lab.root()
        .post(&path, json!({"group_id": ops, "group_access": 31}))
        .await
        .is(400, json!({"error": "group_access does not have a valid value"}));
    lab.dev(1)
        .post(&path, json!({"group_id": ops, "group_access": 30}))
        .await
        .is(403, json!({"message": "403 Forbidden"}));
}

#[tokio::test]
async fn a_link_is_taken_back_once() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let ops = lab.group(None, "ops", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let body = json!({"group_id": ops, "group_access": 30});
    lab.root().post(&format!("/projects/{id}/share"), body).await;
    let path = format!("/projects/{id}/share/{ops}");
    assert_eq!(lab.root().delete(&path, json!(null)).await.status, 204);
    lab.root()
        .delete(&path, json!(null))
        .await
        .is(404, json!({"message": "404 Group Link Not Found"}));
}

#[tokio::test]
async fn the_groups_of_a_project_are_those_above_and_with_shared_those_invited() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let web = lab.group(Some(acme), "web", "public").await;
    let ops = lab.group(None, "ops", "private").await;
    let id = lab.project(web, "site", "public").await;
    let body = json!({"group_id": ops, "group_access": 20});
    lab.root().post(&format!("/projects/{id}/share"), body).await;
    let groups = async |query: &str| {
        let answer = lab.root().get(&format!("/projects/{id}/groups{query}")).await;
        same_shape(&answer, "group_public");
        answer.column("full_path")
    };
    assert_eq!(groups("").await, ["acme", "acme/web"]);
    assert_eq!(groups("?with_shared=true").await, ["acme", "acme/web", "ops"]);
    assert_eq!(groups("?search=web").await, ["acme/web"]);
    assert_eq!(groups(&format!("?skip_groups[]={acme}")).await, ["acme/web"]);
    assert_eq!(
        groups("?with_shared=true&shared_min_access_level=30").await,
        ["acme", "acme/web"]
    );
    let seen = lab
        .dev(1)
        .get(&format!(
            "/projects/{id}/groups?with_shared=true&shared_visible_only=true"
        ))
        .await;
    assert_eq!(seen.column("full_path"), ["acme", "acme/web"]);
}

#[tokio::test]
async fn invited_groups_are_direct_inherited_or_both() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let ops = lab.group(None, "ops", "public").await;
    let sre = lab.group(None, "sre", "public").await;
    let id = lab.project(acme, "site", "public").await;
    let share = json!({"group_id": ops, "group_access": 20});
    lab.root().post(&format!("/projects/{id}/share"), share).await;
    let share = json!({"group_id": sre, "group_access": 20});
    let above = lab.root().post(&format!("/groups/{acme}/share"), share).await;
    assert_eq!(above.status, 201);
    let groups = async |query: &str| {
        let path = format!("/projects/{id}/invited_groups{query}");
        lab.root().get(&path).await.column("full_path")
    };
    assert_eq!(groups("").await, ["ops", "sre"]);
    assert_eq!(groups("?relation[]=direct").await, ["ops"]);
    assert_eq!(groups("?relation[]=inherited").await, ["sre"]);
    assert_eq!(groups("?search=sre").await, ["sre"]);
    lab.root()
        .get(&format!("/projects/{id}/invited_groups?relation[]=odd"))
        .await
        .is(400, json!({"error": "relation does not have a valid value"}));
}

#[tokio::test]
async fn the_groups_that_can_be_invited_are_listed() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let ops = lab.group(None, "ops", "private").await;
    let sre = lab.group(None, "sre", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let share = json!({"group_id": ops, "group_access": 20});
    lab.root().post(&format!("/projects/{id}/share"), share).await;
    let path = format!("/projects/{id}/share_locations");
    assert_eq!(lab.root().get(&path).await.column("id"), [sre.to_string()]);
}

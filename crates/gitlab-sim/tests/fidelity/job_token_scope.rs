//! Whose job tokens a project lets in (A.8).

use hyper::Method;
use serde_json::json;

use crate::client::Lab;

/// A group, and two projects in it.
async fn two() -> (Lab, u64, u64, u64) {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    let other = lab.project(acme, "other", "private").await;
    (lab, acme, site, other)
}

#[tokio::test]
async fn a_new_project_lets_in_only_those_on_its_lists() {
    let (lab, _, site, _) = two().await;
    lab.root()
        .get(&format!("/projects/{site}/job_token_scope"))
        .await
        .is(200, json!({"inbound_enabled": true, "outbound_enabled": false}));
}

#[tokio::test]
async fn everyone_can_be_let_in() {
    let (lab, _, site, _) = two().await;
    let path = format!("/projects/{site}/job_token_scope");
    let patch = async |body| lab.root().json(Method::PATCH, &path, body).await.unwrap();
    let unforced = json!({"enforce_ci_inbound_job_token_scope_enabled": false});
    lab.root().put("/application/settings", unforced).await;
    let done = patch(json!({"enabled": false})).await;
    assert_eq!((done.status, done.text.as_str()), (204, ""));
    assert_eq!(lab.root().get(&path).await.body["inbound_enabled"], false);
    patch(json!({}))
        .await
        .is(400, json!({"error": "enabled is missing"}));
    patch(json!({"enabled": ""}))
        .await
        .is(400, json!({"error": "enabled is empty"}));
}

#[tokio::test]
async fn nobody_is_let_in_while_the_instance_forbids_it_which_it_does_unless_told() {
    let (lab, _, site, _) = two().await;
    let path = format!("/projects/{site}/job_token_scope");
    let done = lab
        .root()
        .json(Method::PATCH, &path, json!({"enabled": false}))
        .await
        .unwrap();
    assert_eq!(done.status, 204);
    assert_eq!(lab.root().get(&path).await.body["inbound_enabled"], true);
}

#[tokio::test]
async fn the_project_itself_is_always_on_its_list() {
    let (lab, _, site, _) = two().await;
    let path = format!("/projects/{site}/job_token_scope/allowlist");
    let list = lab.root().get(&path).await;
    assert_eq!(list.column("id"), [site.to_string()]);
    crate::examples::same_shape(&list, "project_simple");
}

#[tokio::test]
async fn a_project_is_added_once_and_removed_once() {
    let (lab, _, site, other) = two().await;
    let path = format!("/projects/{site}/job_token_scope/allowlist");
    let body = json!({"target_project_id": other});
    lab.root().post(&path, body.clone()).await.is(
        201,
        json!({"source_project_id": site, "target_project_id": other}),
    );
    lab.root().post(&path, body).await.is(
        400,
        json!({"message": "400 Bad request - This project is already in the job token allowlist."}),
    );
    assert_eq!(lab.gitlab.stats().writes.rejected_as_duplicate, 1);
    assert_eq!(
        lab.root().get(&path).await.column("id"),
        [site.to_string(), other.to_string()]
    );
    let one = format!("{path}/{other}");
    assert_eq!(lab.root().delete(&one, json!(null)).await.status, 204);
    lab.root().delete(&one, json!(null)).await.is(
        400,
        json!({"message": "400 Bad request - Target project is not in the job token scope"}),
    );
}

#[tokio::test]
async fn a_target_that_is_not_there_or_not_seen_is_refused() {
    let (lab, _, site, other) = two().await;
    let path = format!("/projects/{site}/job_token_scope/allowlist");
    lab.root()
        .post(&path, json!({"target_project_id": 999}))
        .await
        .is(
            404,
            json!({"message": "404 target_project_id not found Not Found"}),
        );
    lab.member(&format!("projects/{site}"), 1, 40).await;
    let text = "The target_project that you are attempting to access does not exist or you don't have permission to \
                perform this action";
    lab.dev(1)
        .post(&path, json!({"target_project_id": other}))
        .await
        .is(400, json!({"message": format!("400 Bad request - {text}")}));
    lab.root()
        .post(&path, json!({}))
        .await
        .is(400, json!({"error": "target_project_id is missing"}));
}

#[tokio::test]
async fn the_project_itself_is_neither_added_nor_removed() {
    let (lab, _, site, _) = two().await;
    let path = format!("/projects/{site}/job_token_scope/allowlist");
    let added = lab.root().post(&path, json!({"target_project_id": site})).await;
    assert_eq!(added.status, 400);
    lab.root()
        .delete(&format!("{path}/{site}"), json!(null))
        .await
        .is(
            400,
            json!({"message": "400 Bad request - Source project cannot be removed from the job token scope"}),
        );
}

#[tokio::test]
async fn a_group_is_added_once_and_removed_once() {
    let (lab, acme, site, _) = two().await;
    let path = format!("/projects/{site}/job_token_scope/groups_allowlist");
    let body = json!({"target_group_id": acme});
    lab.root()
        .post(&path, body.clone())
        .await
        .is(201, json!({"source_project_id": site, "target_group_id": acme}));
    lab.root().post(&path, body).await.is(
        400,
        json!({"message": "400 Bad request - This group is already in the job token allowlist."}),
    );
    let url = format!("{}/groups/acme", lab.gitlab.url());
    lab.root()
        .get(&path)
        .await
        .is(200, json!([{"id": acme, "web_url": url, "name": "acme"}]));
    let one = format!("{path}/{acme}");
    assert_eq!(lab.root().delete(&one, json!(null)).await.status, 204);
    lab.root().delete(&one, json!(null)).await.is(
        400,
        json!({"message": "400 Bad request - Target group is not in the job token scope"}),
    );
}

#[tokio::test]
async fn the_scope_is_for_maintainers() {
    let (lab, acme, site, other) = two().await;
    lab.member(&format!("groups/{acme}"), 1, 30).await;
    let path = format!("/projects/{site}/job_token_scope");
    let forbidden = json!({"message": "403 Forbidden"});
    lab.dev(1).get(&path).await.is(403, forbidden.clone());
    lab.dev(1)
        .get(&format!("{path}/allowlist"))
        .await
        .is(403, forbidden.clone());
    lab.dev(1)
        .post(&format!("{path}/allowlist"), json!({"target_project_id": other}))
        .await
        .is(403, forbidden);
    lab.anonymous()
        .get(&path)
        .await
        .is(401, json!({"message": "401 Unauthorized"}));
}

#[tokio::test]
async fn what_goes_is_on_no_list_any_more() {
    let (lab, _, site, other) = two().await;
    let path = format!("/projects/{site}/job_token_scope/allowlist");
    lab.root().post(&path, json!({"target_project_id": other})).await;
    let gone = format!("/projects/{other}");
    lab.root().delete(&gone, json!(null)).await;
    let full_path = format!("acme/other-deletion_scheduled-{other}");
    let body = json!({"permanently_remove": true, "full_path": full_path});
    lab.root().delete(&gone, body).await;
    assert_eq!(lab.root().get(&path).await.column("id"), [site.to_string()]);
}
